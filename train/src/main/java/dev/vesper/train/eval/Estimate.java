package dev.vesper.train.eval;

/**
 * A number that was measured, and the interval that it is known within.
 *
 * @param low infinite, as is {@code high}, where there is too little to say how sure the value is
 * @param n of what the interval was made: rows, questions or judgments
 */
public record Estimate(double value, double low, double high, int n) {

    /** A value of which nothing more is known. */
    public static Estimate unsure(double value, int n) {
        return new Estimate(value, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY, n);
    }

    /** Whether there is an interval. */
    public boolean bounded() {
        return low > Double.NEGATIVE_INFINITY && high < Double.POSITIVE_INFINITY;
    }

    /** Whether the interval leaves room for this value. */
    public boolean admits(double other) {
        return low <= other && other <= high;
    }

    /** The same in another unit. */
    public Estimate times(double factor) {
        return factor >= 0
                ? new Estimate(value * factor, low * factor, high * factor, n)
                : new Estimate(value * factor, high * factor, low * factor, n);
    }
}
