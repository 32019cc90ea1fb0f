package dev.vesper.tensor.kernel;

/**
 * The numbers of one AdamW step that all elements share.
 *
 * @param gradientScale what gradients are multiplied with first: 1 / weight of the tokens, and clipping
 * @param firstCorrection {@code 1 - beta1^step}
 * @param secondCorrection {@code 1 - beta2^step}
 */
public record AdamWStep(
        float learningRate,
        float beta1,
        float beta2,
        float epsilon,
        float weightDecay,
        float gradientScale,
        double firstCorrection,
        double secondCorrection) {}
