package dev.vesper.train.eval;

/** Shares of hits among trials. */
public final class Proportions {
    private Proportions() {}

    /**
     * A share with Wilson's interval (1927), which does not leave 0 to 1 and covers what it says for few trials and extreme
     * shares too, where the usual one fails.
     *
     * @param confidence such as 0.95
     */
    public static Estimate wilson(int hits, int trials, double confidence) {
        if (trials < 0 || hits < 0 || hits > trials) {
            throw new IllegalArgumentException("%d hits in %d trials".formatted(hits, trials));
        }
        if (trials == 0) {
            return new Estimate(Double.NaN, 0, 1, 0);
        }
        double z = Distributions.normalQuantile((1 + confidence) / 2);
        double share = (double) hits / trials;
        double middle = share + z * z / (2 * trials);
        double half = z * Math.sqrt(share * (1 - share) / trials + z * z / (4.0 * trials * trials));
        double scale = 1 + z * z / trials;
        return new Estimate(
                share,
                hits == 0 ? 0 : (middle - half) / scale,
                hits == trials ? 1 : (middle + half) / scale,
                trials);
    }

    /**
     * The difference of two shares that were measured on different rows, with the interval that Newcombe (1998, "Interval
     * estimation for the difference between independent proportions", method 10) makes of both Wilson intervals.
     */
    public static Estimate difference(Estimate first, Estimate second) {
        double value = first.value() - second.value();
        double low = value - Math.hypot(first.value() - first.low(), second.high() - second.value());
        double high = value + Math.hypot(first.high() - first.value(), second.value() - second.low());
        return new Estimate(value, low, high, first.n() + second.n());
    }
}
