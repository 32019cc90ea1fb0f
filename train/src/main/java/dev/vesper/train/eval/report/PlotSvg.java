package dev.vesper.train.eval.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;

/**
 * Draws plots as SVG in the colours of the page around them. They are drawn narrow, so that their letters can still be read
 * where the page is.
 */
final class PlotSvg {
    private static final int WIDTH = 420;
    private static final int LEFT = 12;
    private static final int RIGHT = WIDTH - 12;
    private static final int ROW = 46;
    private static final int MOST_BARS = 16;

    private PlotSvg() {}

    static String draw(Plot plot) {
        return switch (plot) {
            case Plot.Intervals intervals -> intervals(intervals);
            case Plot.Histogram histogram -> histogram(histogram);
            case Plot.Shares shares -> shares(shares);
        };
    }

    private static Markup begin(String title, int height) {
        return new Markup()
                .add("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">",
                        WIDTH, height, title)
                .add("<title>%s</title>", title);
    }

    private static String intervals(Plot.Intervals plot) {
        int height = plot.figures().size() * ROW + 34;
        Axis axis = axis(plot);
        Markup svg = begin(plot.title(), height);
        double bottom = height - 24;
        for (double tick : axis.ticks()) {
            boolean none = plot.zero() && tick == 0;
            svg.add("<line class=\"%s\" x1=\"%.1f\" x2=\"%.1f\" y1=\"0\" y2=\"%.1f\"/>", none ? "zero" : "grid",
                    axis.at(tick), axis.at(tick), bottom);
            tick(svg, axis, tick, bottom + 16);
        }
        List<String> parties = plot.figures().stream().map(Figure::of).distinct().toList();
        for (int i = 0; i < plot.figures().size(); i++) {
            Figure figure = plot.figures().get(i);
            String tone = plot.zero() ? "first" : parties.indexOf(figure.of()) == 0 ? "first" : "second";
            interval(svg, axis, figure, label(plot, figure), tone, i * ROW);
        }
        return svg.add("</svg>").toString();
    }

    private static Axis axis(Plot.Intervals plot) {
        if (!plot.zero() && plot.figures().getFirst().unit() == Unit.PERCENT) {
            return new Axis(0, 100, LEFT + 8, RIGHT - 16);
        }
        List<Double> values = new ArrayList<>();
        if (plot.zero()) {
            values.add(0.0);
        }
        for (Figure figure : plot.figures()) {
            DoubleStream.of(figure.estimate().value(), figure.estimate().low(), figure.estimate().high())
                    .map(figure.unit()::shown)
                    .forEach(values::add);
        }
        return Axis.around(values, LEFT + 8, RIGHT - 16);
    }

    /** What tells a figure from the others: what is the same for all stands above the picture. */
    private static String label(Plot.Intervals plot, Figure figure) {
        boolean sameParty = plot.figures().stream().allMatch(other -> other.of().equals(figure.of()));
        boolean sameLabel = plot.figures().stream().allMatch(other -> other.label().equals(figure.label()));
        return sameParty ? figure.label() : sameLabel ? figure.of() : figure.label() + ": " + figure.of();
    }

    private static void interval(Markup svg, Axis axis, Figure figure, String label, String tone, int top) {
        svg.add("<text class=\"soft\" x=\"%d\" y=\"%d\">%s</text>", LEFT, top + 14, shortened(label, 48));
        svg.add("<text class=\"ink\" text-anchor=\"end\" x=\"%d\" y=\"%d\">%s</text>", RIGHT, top + 14,
                figure.isDifference()
                        ? figure.unit().signed(figure.estimate().value())
                        : figure.unit().digits(figure.estimate().value()));
        if (Double.isNaN(figure.estimate().value())) {
            return;
        }
        double y = top + 28;
        if (figure.estimate().bounded()) {
            double low = axis.at(figure.unit().shown(figure.estimate().low()));
            double high = axis.at(figure.unit().shown(figure.estimate().high()));
            svg.add("<line class=\"bar %s\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/>", tone, low, high, y, y);
            for (double end : new double[] {low, high}) {
                svg.add("<line class=\"bar %s\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/>", tone, end, end,
                        y - 5, y + 5);
            }
        }
        svg.add("<circle class=\"dot %s\" cx=\"%.1f\" cy=\"%.1f\" r=\"5\"/>", tone,
                axis.at(figure.unit().shown(figure.estimate().value())), y);
    }

    private static String shortened(String text, int most) {
        return text.codePointCount(0, text.length()) <= most
                ? text
                : text.substring(0, text.offsetByCodePoints(0, most - 1)) + "…";
    }

    private static void tick(Markup svg, Axis axis, double value, double y) {
        svg.add("<text class=\"soft\" text-anchor=\"middle\" x=\"%.1f\" y=\"%.1f\">%s</text>", axis.at(value), y,
                axis.words(value));
    }

    private static String histogram(Plot.Histogram plot) {
        int height = 240;
        int bottom = height - 44;
        Markup svg = begin(plot.title(), height);
        List<Double> all = plot.series().stream()
                .flatMap(series -> Arrays.stream(series.values()).boxed())
                .toList();
        Axis range = Axis.around(all, 44, RIGHT);
        double low = all.stream().mapToDouble(value -> value).min().orElse(0);
        double high = all.stream().mapToDouble(value -> value).max().orElse(1);
        int bars = high > low ? Math.clamp(Math.round(Math.sqrt(all.size())), 4, MOST_BARS) : 1;
        List<double[]> shares = plot.series().stream().map(series -> shares(series, low, high, bars)).toList();
        double most = shares.stream().flatMapToDouble(Arrays::stream).max().orElse(0);
        Axis count = new Axis(0, Math.max(most, 1e-9) * 100, bottom, 28);
        for (double tick : count.ticks()) {
            svg.add("<line class=\"grid\" x1=\"44\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>", RIGHT, count.at(tick),
                    count.at(tick));
            svg.add("<text class=\"soft\" text-anchor=\"end\" x=\"38\" y=\"%.1f\">%s%%</text>", count.at(tick) + 4,
                    count.words(tick));
        }
        bars(svg, plot, shares, range, count, low, high > low ? (high - low) / bars : (range.high() - range.low()) / 8);
        for (double tick : range.ticks()) {
            tick(svg, range, tick, bottom + 18);
        }
        svg.add("<text class=\"soft\" text-anchor=\"middle\" x=\"%d\" y=\"%d\">%s</text>", (44 + RIGHT) / 2,
                height - 6, plot.axis());
        return svg.add("</svg>").toString();
    }

    private static void bars(
            Markup svg, Plot.Histogram plot, List<double[]> shares, Axis range, Axis count, double low, double width) {
        int series = shares.size();
        for (int s = 0; s < series; s++) {
            String tone = s == 0 ? "first" : "second";
            for (int b = 0; b < shares.get(s).length; b++) {
                double x = range.at(low + b * width);
                double wide = (range.at(low + (b + 1) * width) - x) / series;
                double y = count.at(100 * shares.get(s)[b]);
                svg.add("<rect class=\"fill %s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>", tone,
                        x + s * wide + 0.5, y, Math.max(1, wide - 1), count.from() - y);
            }
            svg.add("<rect class=\"fill %s\" x=\"%d\" y=\"4\" width=\"12\" height=\"12\"/>", tone, 44 + 180 * s);
            svg.add("<text class=\"ink\" x=\"%d\" y=\"14\">%s (n = %d)</text>", 62 + 180 * s,
                    plot.series().get(s).name(), plot.series().get(s).values().length);
        }
    }

    /** The share of values in each of some ranges of equal width. */
    static double[] shares(Plot.Series series, double low, double high, int bars) {
        double[] shares = new double[bars];
        for (double value : series.values()) {
            int bar = high > low ? (int) Math.min(bars - 1, (value - low) / (high - low) * bars) : 0;
            shares[bar] += 1.0 / series.values().length;
        }
        return shares;
    }

    private static String shares(Plot.Shares plot) {
        Markup svg = begin(plot.title(), 76);
        int total = plot.shares().stream().mapToInt(Plot.Share::count).sum();
        double x = LEFT;
        double label = LEFT;
        for (Plot.Share share : plot.shares()) {
            String tone = share.tone() > 0 ? "good" : share.tone() < 0 ? "bad" : "even";
            double wide = total == 0 ? 0 : (RIGHT - LEFT) * (double) share.count() / total;
            svg.add("<rect class=\"fill %s\" x=\"%.1f\" y=\"8\" width=\"%.1f\" height=\"28\"/>", tone, x, wide);
            svg.add("<rect class=\"fill %s\" x=\"%.1f\" y=\"50\" width=\"12\" height=\"12\"/>", tone, label);
            svg.add("<text class=\"ink\" x=\"%.1f\" y=\"61\">%s %d</text>", label + 18, share.name(), share.count());
            x += wide;
            label += (RIGHT - LEFT) / (double) plot.shares().size();
        }
        return svg.add("</svg>").toString();
    }
}
