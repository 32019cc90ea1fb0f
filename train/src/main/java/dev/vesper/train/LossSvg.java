package dev.vesper.train;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** The losses or margins of a run as an SVG picture that can be read on light and dark pages alike. */
final class LossSvg {
    private static final int WIDTH = 720;
    private static final int HEIGHT = 400;
    private static final int LEFT = 64;
    private static final int RIGHT = 24;
    private static final int TOP = 40;
    private static final int BOTTOM = 56;
    private static final int MOST_POINTS = 600;
    private static final int TICKS = 5;

    private static final String STYLE = """
            <style>
            .page { fill: #ffffff } .ink { fill: #24292f } .grid { stroke: #d0d7de; stroke-width: 1 }
            .train { stroke: #7a9cc6; stroke-width: 1.5; fill: none } .held { stroke: #c2410c; stroke-width: 2.5; fill: none }
            .dot { fill: #c2410c } text { font: 13px system-ui, sans-serif }
            @media (prefers-color-scheme: dark) {
            .page { fill: #0d1117 } .ink { fill: #e6edf3 } .grid { stroke: #30363d }
            .train { stroke: #5b7fae } .held { stroke: #fb923c } .dot { fill: #fb923c } }
            </style>
            """;

    private final String title;
    private final String unit;
    private final List<Dot> training;
    private final List<Dot> heldOut;
    private final Axes axes;

    /** A value after so many steps. */
    private record Dot(int step, double value) {}

    private LossSvg(String title, String unit, List<Dot> training, List<Dot> heldOut) {
        this.title = title;
        this.unit = unit;
        this.training = training;
        this.heldOut = heldOut;
        this.axes = Axes.of(training, heldOut);
    }

    static String of(LossCurve curve) {
        boolean preferences = !curve.heldOutMargins().isEmpty();
        return new LossSvg("Loss", preferences ? "loss" : "loss (nats per token)", steps(curve), heldOut(curve)).draw();
    }

    /** Margins between chosen and rejected answers. */
    static String ofMargins(LossCurve curve) {
        return new LossSvg("Margin", "margin (nats)", dots(curve.margins()), dots(curve.heldOutMargins())).draw();
    }

    private static List<Dot> steps(LossCurve curve) {
        return curve.steps().stream().map(point -> new Dot(point.step(), point.loss())).toList();
    }

    private static List<Dot> heldOut(LossCurve curve) {
        return curve.heldOut().stream().map(one -> new Dot(one.step(), one.loss())).toList();
    }

    private static List<Dot> dots(List<LossCurve.Margin> margins) {
        return margins.stream().map(margin -> new Dot(margin.step(), margin.margin())).toList();
    }

    private String draw() {
        StringBuilder svg = new StringBuilder();
        add(
                svg,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s over steps\">%n",
                WIDTH,
                HEIGHT,
                title);
        svg.append(STYLE);
        add(svg, "<rect class=\"page\" width=\"%d\" height=\"%d\"/>%n", WIDTH, HEIGHT);
        grid(svg);
        legend(svg);
        add(svg, "<polyline class=\"train\" points=\"%s\"/>%n", trainPoints());
        StringBuilder held = new StringBuilder();
        for (Dot one : heldOut) {
            add(held, "%.1f,%.1f ", x(one.step()), y(one.value()));
        }
        add(svg, "<polyline class=\"held\" points=\"%s\"/>%n", held.toString().strip());
        for (Dot one : heldOut) {
            add(svg, "<circle class=\"dot\" cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\"/>%n", x(one.step()), y(one.value()));
        }
        return svg.append("</svg>\n").toString();
    }

    private void grid(StringBuilder svg) {
        for (int i = 0; i <= TICKS; i++) {
            double value = axes.lowest() + (axes.highest() - axes.lowest()) * i / TICKS;
            add(
                    svg,
                    "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>%n",
                    LEFT,
                    WIDTH - RIGHT,
                    y(value),
                    y(value));
            add(svg, "<text class=\"ink\" text-anchor=\"end\" x=\"%d\" y=\"%.1f\">%.2f</text>%n", LEFT - 8, y(value) + 4,
                    value);
            long step = Math.round((double) axes.lastStep() * i / TICKS);
            add(
                    svg,
                    "<text class=\"ink\" text-anchor=\"middle\" x=\"%.1f\" y=\"%d\">%d</text>%n",
                    x(step),
                    HEIGHT - BOTTOM + 20,
                    step);
        }
        add(svg, "<text class=\"ink\" text-anchor=\"middle\" x=\"%d\" y=\"%d\">step</text>%n",
                (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12);
        int middle = (TOP + HEIGHT - BOTTOM) / 2;
        add(
                svg,
                "<text class=\"ink\" text-anchor=\"middle\" transform=\"rotate(-90 16 %d)\" x=\"16\" y=\"%d\">%s</text>%n",
                middle,
                middle,
                unit);
    }

    private static void legend(StringBuilder svg) {
        add(svg, "<line class=\"train\" x1=\"%d\" x2=\"%d\" y1=\"20\" y2=\"20\"/>%n", LEFT, LEFT + 28);
        add(svg, "<text class=\"ink\" x=\"%d\" y=\"24\">training</text>%n", LEFT + 36);
        add(svg, "<line class=\"held\" x1=\"%d\" x2=\"%d\" y1=\"20\" y2=\"20\"/>%n", LEFT + 120, LEFT + 148);
        add(svg, "<text class=\"ink\" x=\"%d\" y=\"24\">held out</text>%n", LEFT + 156);
    }

    /** Means over neighbours where there are more steps than the picture can show. */
    private String trainPoints() {
        int width = Math.max(1, Math.ceilDiv(training.size(), MOST_POINTS));
        StringBuilder points = new StringBuilder();
        for (int from = 0; from < training.size(); from += width) {
            List<Dot> part = training.subList(from, Math.min(training.size(), from + width));
            double value = part.stream().mapToDouble(Dot::value).average().orElseThrow();
            add(points, "%.1f,%.1f ", x(part.get(part.size() / 2).step()), y(value));
        }
        return points.toString().strip();
    }

    private double x(long step) {
        return LEFT + (WIDTH - LEFT - RIGHT) * (double) step / axes.lastStep();
    }

    private double y(double value) {
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (value - axes.lowest()) / (axes.highest() - axes.lowest());
    }

    private static void add(StringBuilder to, String format, Object... values) {
        to.append(String.format(Locale.ROOT, format.replace("%n", "\n"), values));
    }

    /** What the axes span. */
    record Axes(double lowest, double highest, int lastStep) {
        static Axes of(LossCurve curve) {
            return of(LossSvg.steps(curve), LossSvg.heldOut(curve));
        }

        private static Axes of(List<Dot> training, List<Dot> heldOut) {
            double lowest = Double.POSITIVE_INFINITY;
            double highest = Double.NEGATIVE_INFINITY;
            int last = 1;
            for (Dot dot : Stream.concat(training.stream(), heldOut.stream()).toList()) {
                lowest = Math.min(lowest, dot.value());
                highest = Math.max(highest, dot.value());
                last = Math.max(last, dot.step());
            }
            double margin = Math.max(1e-3, (highest - lowest) * 0.05);
            return new Axes(lowest - margin, highest + margin, last);
        }
    }
}
