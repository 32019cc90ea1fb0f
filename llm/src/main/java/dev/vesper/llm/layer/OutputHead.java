package dev.vesper.llm.layer;

import dev.vesper.tensor.Tensor;
import dev.vesper.tensor.Weight;
import dev.vesper.tensor.op.Ops;

/** The projection of final vectors to logits over the vocabulary, and the loss on them. */
public record OutputHead(Weight weight) {
    /** {@code [rows, dim]} to {@code [rows, vocabulary]}. */
    public Tensor logits(Ops ops, Tensor x) {
        return ops.linear(x, weight);
    }

    /**
     * Weighted sum of the cross-entropy of each row with its target, in nats; each row's, before weighting, is written
     * to {@code losses}.
     */
    public double loss(Ops ops, Tensor x, int[] targets, float[] weights, double[] losses) {
        return ops.crossEntropy(x, weight, targets, weights, losses);
    }
}
