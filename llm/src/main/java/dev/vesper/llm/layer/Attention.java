package dev.vesper.llm.layer;

import dev.vesper.tensor.AttentionShape;
import dev.vesper.tensor.Tensor;
import dev.vesper.tensor.op.Ops;
import dev.vesper.tensor.op.Rotation;

/**
 * Causal self-attention with rotary positions and grouped keys and values.
 *
 * @param layer the index under which the cache keeps keys and values
 */
public record Attention(
        AttentionShape shape, int layer, Linear query, Linear key, Linear value, Linear output) {
    public Tensor apply(Ops ops, Tensor x, Rotation rotation, Batch batch) {
        Tensor q = ops.rope(query.apply(ops, x), shape.heads(), shape.headSize(), rotation);
        Tensor k = ops.rope(key.apply(ops, x), shape.keyValueHeads(), shape.headSize(), rotation);
        Tensor v = value.apply(ops, x);
        return output.apply(ops, ops.attend(shape, layer, batch.spans(), q, k, v));
    }
}
