package dev.vesper.tensor;

/**
 * The heads of an attention layer. Query head {@code h} reads key-value head {@code h / (heads / keyValueHeads)}
 * (grouped-query attention, Ainslie et al. 2023).
 *
 * @param scale what scores are multiplied with, usually {@code 1 / sqrt(headSize)}
 */
public record AttentionShape(int heads, int keyValueHeads, int headSize, float scale) {
    public AttentionShape {
        if (heads < 1 || keyValueHeads < 1 || headSize < 1 || heads % keyValueHeads != 0) {
            throw new IllegalArgumentException(
                    "attention heads %d must be a multiple of key-value heads %d, head size %d positive"
                            .formatted(heads, keyValueHeads, headSize));
        }
    }

    /** Query heads that share a key-value head. */
    public int group() {
        return heads / keyValueHeads;
    }

    public int queryColumns() {
        return heads * headSize;
    }

    public int keyValueColumns() {
        return keyValueHeads * headSize;
    }
}
