package dev.vesper.train.eval;

/** The normal distribution and Student's. */
final class Distributions {
    private static final double SQRT_2_PI = Math.sqrt(2 * Math.PI);

    /** Degrees of freedom from which on Student's distribution is taken for the normal one: they differ by less than 1e-5. */
    private static final int MANY = 30_000;

    private static final int FRACTIONS = 200;

    private Distributions() {}

    /** The probability of a standard normal value below {@code z}; its relative error is below 1e-11. */
    static double normal(double z) {
        if (Double.isNaN(z)) {
            return Double.NaN;
        }
        double tail = upperTail(Math.abs(z));
        return z > 0 ? 1 - tail : tail;
    }

    /**
     * The probability above {@code z >= 0}: a series around 0 (Abramowitz and Stegun 26.2.11), further out the continued
     * fraction of Laplace (26.2.14), from its far end.
     */
    private static double upperTail(double z) {
        double density = Math.exp(-z * z / 2) / SQRT_2_PI;
        if (z < 3) {
            double term = z;
            double sum = z;
            for (int i = 3; term > 1e-18 * sum; i += 2) {
                term *= z * z / i;
                sum += term;
            }
            return 0.5 - density * sum;
        }
        double fraction = z;
        for (int i = FRACTIONS; i > 0; i--) {
            fraction = z + i / fraction;
        }
        return density / fraction;
    }

    /** The value below which a standard normal one falls with this probability; infinite at 0 and 1. */
    static double normalQuantile(double probability) {
        requireProbability(probability);
        return probability <= 0.5
                ? bisect(probability, Distributions::normal)
                : -bisect(1 - probability, Distributions::normal);
    }

    /**
     * The probability of a value below {@code t} under Student's distribution, by the finite sums for whole degrees of
     * freedom (Abramowitz and Stegun 26.7.3 and 26.7.4).
     */
    static double student(double t, int freedom) {
        if (freedom < 1) {
            throw new IllegalArgumentException("degrees of freedom must be 1 or more, got " + freedom);
        }
        if (freedom >= MANY || Double.isInfinite(t)) {
            return normal(t);
        }
        double angle = Math.atan(t / Math.sqrt(freedom));
        double cosine = Math.cos(angle);
        boolean odd = freedom % 2 == 1;
        double term = odd ? cosine : 1;
        double sum = freedom == 1 ? 0 : term;
        for (int k = odd ? 3 : 2; k <= freedom - 2; k += 2) {
            term *= cosine * cosine * (k - 1) / k;
            sum += term;
        }
        double between = odd ? 2 / Math.PI * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
        return (1 + between) / 2;
    }

    /** The value below which one of Student's distribution falls with this probability; infinite at 0 and 1. */
    static double studentQuantile(double probability, int freedom) {
        requireProbability(probability);
        return probability <= 0.5
                ? bisect(probability, t -> student(t, freedom))
                : -bisect(1 - probability, t -> student(t, freedom));
    }

    @FunctionalInterface
    private interface Distribution {
        double below(double value);
    }

    /** Where a symmetric distribution reaches a probability of at most one half. */
    private static double bisect(double probability, Distribution distribution) {
        if (probability == 0) {
            return Double.NEGATIVE_INFINITY;
        }
        double low = -1;
        while (distribution.below(low) > probability) {
            low *= 2;
        }
        double high = 0;
        // halves until there is no number between the two
        for (double middle = low / 2; middle > low && middle < high; middle = (low + high) / 2) {
            if (distribution.below(middle) < probability) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return high;
    }

    private static void requireProbability(double probability) {
        if (!(probability >= 0 && probability <= 1)) {
            throw new IllegalArgumentException("a probability must be 0 to 1, got " + probability);
        }
    }
}
