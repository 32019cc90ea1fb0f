package dev.vesper.llm.lora;

import dev.vesper.llm.layer.Linear;
import dev.vesper.tensor.Tensor;
import dev.vesper.tensor.op.Ops;

/** {@code base(x) + scale · B A x}: the matrix itself stays as it is. */
record LoraLinear(Linear base, LowRank change, float scale) implements Linear {
    @Override
    public Tensor apply(Ops ops, Tensor x) {
        return ops.addLowRank(base.apply(ops, x), x, change.down(), change.up(), scale);
    }
}
