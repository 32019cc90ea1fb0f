package dev.vesper.train.eval;

import dev.vesper.data.SplitMix;
import java.util.Arrays;

/**
 * How far a mean would stray if other rows of the same kind had been measured: it is computed again and again of as many rows
 * drawn from those at hand, with replacement, and the interval lies between percentiles of what comes out.
 *
 * <p>With few rows such intervals are too narrow (95 % of ten rows covers about 90 %), as the spread among n rows is that of
 * n - 1. The percentiles are therefore moved outwards as Hesterberg does ("What teachers should know about the bootstrap",
 * 2015, section 5.3), by Student's distribution, with the effective number of rows where they weigh differently (Kish 1965).
 *
 * @param resamples how often; thousands
 * @param confidence the share of intervals that are to hold the truth, such as 0.95
 */
public record Bootstrap(int resamples, double confidence, long seed) {
    public Bootstrap {
        if (resamples < 100) {
            throw new IllegalArgumentException("a bootstrap needs 100 resamples or more, got " + resamples);
        }
        if (!(confidence > 0.5 && confidence < 1)) {
            throw new IllegalArgumentException("confidence must be above 0.5 and below 1, got " + confidence);
        }
    }

    /** The mean of values, each of a row, with its interval: see {@link #mean(double[], double[])}. */
    public Estimate mean(double[] values) {
        double[] ones = new double[values.length];
        Arrays.fill(ones, 1);
        return mean(values, ones);
    }

    /**
     * The sum of values over the sum of weights, such as losses over tokens, with its interval. It is unbounded if there are
     * fewer than {@link #fewestRows()}.
     *
     * @param sums of a value in each row
     * @param weights of each row, positive
     */
    public Estimate mean(double[] sums, double[] weights) {
        if (sums.length != weights.length || sums.length == 0) {
            throw new IllegalArgumentException("%d sums with %d weights".formatted(sums.length, weights.length));
        }
        double value = Arrays.stream(sums).sum() / Arrays.stream(weights).sum();
        if (sums.length < fewestRows()) {
            return Estimate.unsure(value, sums.length);
        }
        double[] drawn = drawn(sums, weights);
        Arrays.sort(drawn);
        double tail = tail(effective(weights));
        return new Estimate(value, quantile(drawn, tail), quantile(drawn, 1 - tail), sums.length);
    }

    /**
     * Rows below which there is no interval: so few lie all on one side of the truth more often than the confidence allows
     * for, and an interval that is made of them lies there with them.
     */
    public int fewestRows() {
        return (int) Math.ceil(1 - Math.log(1 - confidence) / Math.log(2) - 1e-9);
    }

    /** How many rows of equal weight would say as much. */
    private static double effective(double[] weights) {
        double sum = 0;
        double squares = 0;
        for (double weight : weights) {
            sum += weight;
            squares += weight * weight;
        }
        return sum * sum / squares;
    }

    /** The share that is cut off on each side. */
    double tail(double rows) {
        int freedom = Math.max(1, (int) Math.floor(rows + 1e-9) - 1);
        double t = Distributions.studentQuantile((1 - confidence) / 2, freedom);
        return Distributions.normal(Math.sqrt((freedom + 1.0) / freedom) * t);
    }

    private double[] drawn(double[] sums, double[] weights) {
        SplitMix random = SplitMix.of(seed, "bootstrap");
        int rows = sums.length;
        double[] drawn = new double[resamples];
        for (int i = 0; i < resamples; i++) {
            double sum = 0;
            double weight = 0;
            for (int k = 0; k < rows; k++) {
                int row = random.below(rows);
                sum += sums[row];
                weight += weights[row];
            }
            drawn[i] = sum / weight;
        }
        return drawn;
    }

    /** Between neighbours in proportion; the lowest is that of 0, the highest that of 1. */
    private static double quantile(double[] sorted, double probability) {
        double place = probability * (sorted.length - 1);
        int below = (int) Math.floor(place);
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }
}
