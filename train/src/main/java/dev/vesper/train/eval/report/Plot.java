package dev.vesper.train.eval.report;

import java.util.List;

/** A picture to be drawn. */
public sealed interface Plot {
    String title();

    /**
     * Values with their intervals, one above the other.
     *
     * @param zero whether they are differences, so that a line marks where there is none
     */
    record Intervals(String title, List<Figure> figures, boolean zero) implements Plot {
        public Intervals {
            figures = List.copyOf(figures);
        }
    }

    /**
     * How often values of each size are.
     *
     * @param axis what the values are
     * @param series one or two
     */
    record Histogram(String title, String axis, List<Series> series) implements Plot {
        public Histogram {
            series = List.copyOf(series);
        }
    }

    /** Values of one kind. */
    record Series(String name, double[] values) {}

    /** How many of all are of each kind, in one bar. */
    record Shares(String title, List<Share> shares) implements Plot {
        public Shares {
            shares = List.copyOf(shares);
        }
    }

    /** @param tone whether it speaks for the model that is evaluated (1), against it (-1), or neither (0) */
    record Share(String name, int count, int tone) {}
}
