package dev.vesper.llm.lora;

import java.util.Map;
import java.util.TreeMap;

/**
 * Low-rank changes to some linear layers of a model (Hu et al. 2021).
 *
 * @param changes by the canonical name of the layer, such as {@code blk.0.attn_q}
 * @param rank the rank that it was made with
 * @param alpha changes count {@code alpha / rank} times
 */
public record Adapter(Map<String, LowRank> changes, int rank, double alpha) {
    public Adapter {
        changes = java.util.Collections.unmodifiableMap(new TreeMap<>(changes));
        if (rank < 1 || !(Math.abs(alpha) < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("adapter of rank %d with alpha %s".formatted(rank, alpha));
        }
    }

    /** What each change is multiplied with. */
    public float scale() {
        return (float) (alpha / rank);
    }
}
