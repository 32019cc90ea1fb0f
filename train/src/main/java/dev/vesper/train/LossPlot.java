package dev.vesper.train;

import java.util.Arrays;
import java.util.Locale;

/** The losses of a run drawn with characters, for a terminal. */
public final class LossPlot {
    private static final char TRAIN = '·';
    private static final char HELD_OUT = '●';
    private static final int LABEL = 8;

    private LossPlot() {}

    /**
     * Draws them.
     *
     * @param columns characters in a line, at least 40
     * @param lines lines of the drawing itself
     */
    public static String of(LossCurve curve, int columns, int lines) {
        LossSvg.Axes axes = LossSvg.Axes.of(curve);
        int width = Math.max(40, columns) - LABEL - 2;
        char[][] canvas = new char[lines][width];
        for (char[] line : canvas) {
            Arrays.fill(line, ' ');
        }
        double[] sums = new double[width];
        int[] counts = new int[width];
        for (LossCurve.Point point : curve.steps()) {
            int column = column(axes, width, point.step());
            sums[column] += point.loss();
            counts[column]++;
        }
        for (int column = 0; column < width; column++) {
            if (counts[column] > 0) {
                canvas[line(axes, lines, sums[column] / counts[column])][column] = TRAIN;
            }
        }
        for (LossCurve.HeldOut one : curve.heldOut()) {
            canvas[line(axes, lines, one.loss())][column(axes, width, one.step())] = HELD_OUT;
        }
        return assemble(axes, canvas);
    }

    private static String assemble(LossSvg.Axes axes, char[][] canvas) {
        StringBuilder plot = new StringBuilder();
        int last = canvas.length - 1;
        for (int line = 0; line <= last; line++) {
            double loss = axes.highest() - (axes.highest() - axes.lowest()) * line / Math.max(1, last);
            boolean labelled = line == 0 || line == last || line == last / 2;
            String label = labelled ? String.format(Locale.ROOT, "%.3f", loss) : "";
            plot.append(" ".repeat(LABEL - label.length())).append(label).append(" │");
            plot.append(new String(canvas[line]).stripTrailing()).append('\n');
        }
        int width = canvas[0].length;
        String end = "step " + axes.lastStep();
        plot.append(" ".repeat(LABEL + 1)).append('└').append("─".repeat(width)).append('\n');
        plot.append(" ".repeat(LABEL + 2)).append('0').append(" ".repeat(width - 1 - end.length())).append(end)
                .append('\n');
        plot.append(" ".repeat(LABEL + 2)).append("loss: " + TRAIN + " training  " + HELD_OUT + " held out\n");
        return plot.toString();
    }

    private static int column(LossSvg.Axes axes, int width, int step) {
        return (int) ((long) step * (width - 1) / axes.lastStep());
    }

    private static int line(LossSvg.Axes axes, int lines, double loss) {
        return (int) Math.round((axes.highest() - loss) / (axes.highest() - axes.lowest()) * (lines - 1));
    }
}
