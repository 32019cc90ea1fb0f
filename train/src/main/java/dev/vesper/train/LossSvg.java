package dev.vesper.train;

import java.util.List;
import java.util.Locale;

/** The losses of a run as an SVG picture that can be read on light and dark pages alike. */
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

    private final LossCurve curve;
    private final Axes axes;

    private LossSvg(LossCurve curve) {
        this.curve = curve;
        this.axes = Axes.of(curve);
    }

    static String of(LossCurve curve) {
        return new LossSvg(curve).draw();
    }

    private String draw() {
        StringBuilder svg = new StringBuilder();
        add(
                svg,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"Loss over steps\">%n",
                WIDTH,
                HEIGHT);
        svg.append(STYLE);
        add(svg, "<rect class=\"page\" width=\"%d\" height=\"%d\"/>%n", WIDTH, HEIGHT);
        grid(svg);
        legend(svg);
        add(svg, "<polyline class=\"train\" points=\"%s\"/>%n", trainPoints());
        StringBuilder held = new StringBuilder();
        for (LossCurve.HeldOut one : curve.heldOut()) {
            add(held, "%.1f,%.1f ", x(one.step()), y(one.loss()));
        }
        add(svg, "<polyline class=\"held\" points=\"%s\"/>%n", held.toString().strip());
        for (LossCurve.HeldOut one : curve.heldOut()) {
            add(svg, "<circle class=\"dot\" cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\"/>%n", x(one.step()), y(one.loss()));
        }
        return svg.append("</svg>\n").toString();
    }

    private void grid(StringBuilder svg) {
        for (int i = 0; i <= TICKS; i++) {
            double loss = axes.lowest() + (axes.highest() - axes.lowest()) * i / TICKS;
            add(
                    svg,
                    "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>%n",
                    LEFT,
                    WIDTH - RIGHT,
                    y(loss),
                    y(loss));
            add(svg, "<text class=\"ink\" text-anchor=\"end\" x=\"%d\" y=\"%.1f\">%.2f</text>%n", LEFT - 8, y(loss) + 4,
                    loss);
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
                "<text class=\"ink\" text-anchor=\"middle\" transform=\"rotate(-90 16 %d)\" x=\"16\" y=\"%d\">loss (nats per token)</text>%n",
                middle,
                middle);
    }

    private static void legend(StringBuilder svg) {
        add(svg, "<line class=\"train\" x1=\"%d\" x2=\"%d\" y1=\"20\" y2=\"20\"/>%n", LEFT, LEFT + 28);
        add(svg, "<text class=\"ink\" x=\"%d\" y=\"24\">training</text>%n", LEFT + 36);
        add(svg, "<line class=\"held\" x1=\"%d\" x2=\"%d\" y1=\"20\" y2=\"20\"/>%n", LEFT + 120, LEFT + 148);
        add(svg, "<text class=\"ink\" x=\"%d\" y=\"24\">held out</text>%n", LEFT + 156);
    }

    /** Means over neighbours where there are more steps than the picture can show. */
    private String trainPoints() {
        List<LossCurve.Point> steps = curve.steps();
        int width = Math.max(1, Math.ceilDiv(steps.size(), MOST_POINTS));
        StringBuilder points = new StringBuilder();
        for (int from = 0; from < steps.size(); from += width) {
            List<LossCurve.Point> part = steps.subList(from, Math.min(steps.size(), from + width));
            double loss = part.stream().mapToDouble(LossCurve.Point::loss).average().orElseThrow();
            add(points, "%.1f,%.1f ", x(part.get(part.size() / 2).step()), y(loss));
        }
        return points.toString().strip();
    }

    private double x(long step) {
        return LEFT + (WIDTH - LEFT - RIGHT) * (double) step / axes.lastStep();
    }

    private double y(double loss) {
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (loss - axes.lowest()) / (axes.highest() - axes.lowest());
    }

    private static void add(StringBuilder to, String format, Object... values) {
        to.append(String.format(Locale.ROOT, format.replace("%n", "\n"), values));
    }

    /** What the axes span. */
    record Axes(double lowest, double highest, int lastStep) {
        static Axes of(LossCurve curve) {
            double lowest = Double.POSITIVE_INFINITY;
            double highest = Double.NEGATIVE_INFINITY;
            int last = 1;
            for (LossCurve.Point point : curve.steps()) {
                lowest = Math.min(lowest, point.loss());
                highest = Math.max(highest, point.loss());
                last = Math.max(last, point.step());
            }
            for (LossCurve.HeldOut one : curve.heldOut()) {
                lowest = Math.min(lowest, one.loss());
                highest = Math.max(highest, one.loss());
            }
            double margin = Math.max(1e-3, (highest - lowest) * 0.05);
            return new Axes(lowest - margin, highest + margin, last);
        }
    }
}
