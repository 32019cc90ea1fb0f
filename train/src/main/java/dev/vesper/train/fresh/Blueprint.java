package dev.vesper.train.fresh;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The shape of a Llama whose output is tied to its embedding.
 *
 * @param name what the model is called in its file
 * @param vocabulary tokens to learn
 * @param dim width of the residual stream
 * @param context positions at most
 */
public record Blueprint(
        String name,
        int vocabulary,
        int dim,
        int layers,
        int heads,
        int keyValueHeads,
        int feedForward,
        int context) {
    static final float ROPE_BASE = 10000;
    static final float EPSILON = 1e-5f;

    public Blueprint {
        if (vocabulary < 1 || dim < 1 || layers < 1 || heads < 1 || keyValueHeads < 1 || feedForward < 1
                || context < 2) {
            throw new IllegalArgumentException(
                    "vocabulary %d, dim %d, layers %d, heads %d, key-value heads %d and feed-forward %d must be positive, context %d at least 2"
                            .formatted(vocabulary, dim, layers, heads, keyValueHeads, feedForward, context));
        }
        if (dim % (2 * heads) != 0) {
            throw new IllegalArgumentException(
                    "dim %d must be a multiple of twice the heads, %d: each head rotates whole pairs"
                            .formatted(dim, heads));
        }
        if (heads % keyValueHeads != 0) {
            throw new IllegalArgumentException(
                    "heads %d must be a multiple of key-value heads %d".formatted(heads, keyValueHeads));
        }
    }

    int headSize() {
        return dim / heads;
    }

    int keyValueColumns() {
        return keyValueHeads * headSize();
    }

    /** Numbers in the model, with a vocabulary of so many tokens. */
    public long parameters(int tokens) {
        long attention = 2L * dim * dim + 2L * dim * keyValueColumns();
        long block = attention + 3L * dim * feedForward + 2L * dim;
        return (long) tokens * dim + layers * block + dim;
    }

    /** All settings by name. */
    public Map<String, Object> settings() {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("name", name);
        settings.put("vocabulary", vocabulary);
        settings.put("dim", dim);
        settings.put("layers", layers);
        settings.put("heads", heads);
        settings.put("key_value_heads", keyValueHeads);
        settings.put("feed_forward", feedForward);
        settings.put("context", context);
        return settings;
    }
}
