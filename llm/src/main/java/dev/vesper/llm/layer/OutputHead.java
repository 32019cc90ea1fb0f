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

    /** Sum of the cross-entropy of each row with its target, in nats; each row's is written to {@code losses}. */
    public double loss(Ops ops, Tensor x, int[] targets, double[] losses) {
        return ops.crossEntropy(x, weight, targets, losses);
    }
}
