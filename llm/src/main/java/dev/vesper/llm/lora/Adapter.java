package dev.vesper.llm.lora;

import dev.vesper.tensor.Weight;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * Low-rank changes to some linear layers of a model (Hu et al. 2021).
 *
 * @param changes by the canonical name of the layer, such as {@code blk.0.attn_q}
 * @param rank the rank that it was made with
 * @param alpha changes count {@code alpha / rank} times
 */
public record Adapter(Map<String, LowRank> changes, int rank, double alpha) {
    public Adapter {
        changes = Collections.unmodifiableMap(new TreeMap<>(changes));
        if (rank < 1 || !(Math.abs(alpha) < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("adapter of rank %d with alpha %s".formatted(rank, alpha));
        }
    }

    /** What each change is multiplied with. */
    public float scale() {
        return (float) (alpha / rank);
    }

    /** This adapter with all matrices in float32, to be computed with. */
    public Adapter decoded() {
        Map<String, LowRank> decoded = new TreeMap<>();
        changes.forEach((layer, change) -> decoded.put(
                layer, new LowRank(Matrices.decoded(change.down()), Matrices.decoded(change.up()))));
        return new Adapter(decoded, rank, alpha);
    }

    /** The same for adapters that do the same, bit for bit, and hardly ever for others. */
    public int checksum() {
        CRC32C checksum = new CRC32C();
        checksum.update(ByteBuffer.allocate(Float.BYTES).putFloat(scale()).flip());
        changes.forEach((layer, change) -> {
            checksum.update(layer.getBytes(StandardCharsets.UTF_8));
            for (Weight weight : new Weight[] {change.down(), change.up()}) {
                checksum.update(weight.data().asByteBuffer());
            }
        });
        return (int) checksum.getValue();
    }
}
