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
     * The difference of two shares that were measured on the same rows, with the interval that Newcombe (1998, "Improved
     * confidence intervals for the difference between binomial proportions based on paired data", method 10) makes of both
     * Wilson intervals and of how often both are right on the same rows. A bootstrap would find no spread at all where the two
     * never differ, however few the rows.
     *
     * @param first for each row whether it is a hit
     */
    public static Estimate paired(boolean[] first, boolean[] second, double confidence) {
        int[] counts = new int[4];
        for (int i = 0; i < first.length; i++) {
            counts[(first[i] ? 0 : 2) + (second[i] ? 0 : 1)]++;
        }
        double both = counts[0];
        double onlyFirst = counts[1];
        double onlySecond = counts[2];
        double neither = counts[3];
        Estimate one = wilson(counts[0] + counts[1], first.length, confidence);
        Estimate other = wilson(counts[0] + counts[2], first.length, confidence);
        double margins = (both + onlyFirst) * (onlySecond + neither) * (both + onlySecond) * (onlyFirst + neither);
        double excess = both * neither - onlyFirst * onlySecond;
        // the correction for continuity: what half a row could have made is no correlation
        double corrected = excess > 0 ? Math.max(excess - first.length / 2.0, 0) : excess;
        double correlation = margins == 0 ? 0 : corrected / Math.sqrt(margins);
        double value = one.value() - other.value();
        double below = root(one.value() - one.low(), other.high() - other.value(), correlation);
        double above = root(one.high() - one.value(), other.value() - other.low(), correlation);
        return new Estimate(value, value - below, value + above, first.length);
    }

    private static double root(double one, double other, double correlation) {
        return Math.sqrt(Math.max(0, one * one - 2 * correlation * one * other + other * other));
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
