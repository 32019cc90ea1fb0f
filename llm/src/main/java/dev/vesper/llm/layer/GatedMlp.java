package dev.vesper.llm.layer;

import dev.vesper.tensor.Tensor;
import dev.vesper.tensor.op.Ops;

/** SwiGLU feed-forward: {@code down(silu(gate(x)) * up(x))} (Shazeer 2020). */
public record GatedMlp(Linear gate, Linear up, Linear down) {
    public Tensor apply(Ops ops, Tensor x) {
        return down.apply(ops, ops.siluTimes(gate.apply(ops, x), up.apply(ops, x)));
    }
}
