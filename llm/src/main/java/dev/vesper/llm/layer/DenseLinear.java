package dev.vesper.llm.layer;

import dev.vesper.tensor.Tensor;
import dev.vesper.tensor.Weight;
import dev.vesper.tensor.op.Ops;

/** {@code x Wᵀ} with one stored matrix. */
public record DenseLinear(Weight weight) implements Linear {
    @Override
    public Tensor apply(Ops ops, Tensor x) {
        return ops.linear(x, weight);
    }
}
