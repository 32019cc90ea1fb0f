package dev.vesper.llm.layer;

import dev.vesper.tensor.Tensor;
import dev.vesper.tensor.op.Ops;

/** A linear map of each row: {@code [tokens, inputs]} to {@code [tokens, outputs]}. */
public interface Linear {
    Tensor apply(Ops ops, Tensor x);
}
