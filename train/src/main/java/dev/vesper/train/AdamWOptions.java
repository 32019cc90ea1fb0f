package dev.vesper.train;

/**
 * Settings of {@link AdamW}.
 *
 * @param weightDecay share of a weight that it loses each step, times the learning rate
 */
public record AdamWOptions(double beta1, double beta2, double epsilon, double weightDecay) {
    public AdamWOptions {
        if (!(beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1 && epsilon > 0 && epsilon < 1)) {
            throw new IllegalArgumentException("AdamW: betas %s and %s must be in [0, 1), epsilon %s in (0, 1)"
                    .formatted(beta1, beta2, epsilon));
        }
        if (!(weightDecay >= 0 && weightDecay <= 10)) {
            throw new IllegalArgumentException("weight decay must be 0 to 10, got " + weightDecay);
        }
    }

    /** Betas 0.9 and 0.999, epsilon 1e-8, no decay. */
    public static AdamWOptions defaults() {
        return new AdamWOptions(0.9, 0.999, 1e-8, 0);
    }

    /** The same with other betas. */
    public AdamWOptions betas(double first, double second) {
        return new AdamWOptions(first, second, epsilon, weightDecay);
    }

    public AdamWOptions weightDecay(double decay) {
        return new AdamWOptions(beta1, beta2, epsilon, decay);
    }
}
