package dev.vesper.llm.layer;

import dev.vesper.tensor.Tensor;
import dev.vesper.tensor.Weight;
import dev.vesper.tensor.op.Ops;

/** Token ids to vectors. */
public record Embedding(Weight weight) {
    public Tensor apply(Ops ops, int[] tokens) {
        return ops.embed(tokens, weight);
    }
}
