package dev.vesper.llm.layer;

import dev.vesper.tensor.Tensor;
import dev.vesper.tensor.Weight;
import dev.vesper.tensor.op.Ops;

/** Root-mean-square norm with a learned gain (Zhang and Sennrich 2019). */
public record RmsNorm(Weight gain, float epsilon) {
    public Tensor apply(Ops ops, Tensor x) {
        return ops.rmsNorm(x, gain, epsilon);
    }
}
