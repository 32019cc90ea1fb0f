package dev.vesper.llm.arch;

import dev.vesper.llm.file.Metadata;
import dev.vesper.tensor.AttentionShape;

/** The sizes that all decoder families spell alike in their metadata. */
final class Shapes {
    private static final int MAXIMUM_SIZE = 1 << 24;
    private static final int MAXIMUM_LAYERS = 4096;

    private Shapes() {}

    static ModelShape read(Metadata metadata) {
        String name = metadata.requiredString("general.architecture");
        int dim = size(metadata, name + ".embedding_length", MAXIMUM_SIZE);
        int heads = size(metadata, name + ".attention.head_count", MAXIMUM_SIZE);
        int keyValueHeads = metadata.integer(name + ".attention.head_count_kv", heads);
        int headSize = metadata.integer(name + ".attention.key_length", dim / heads);
        int valueSize = metadata.integer(name + ".attention.value_length", headSize);
        if (keyValueHeads < 1 || heads % keyValueHeads != 0 || headSize < 2 || headSize > MAXIMUM_SIZE / heads) {
            throw new UnsupportedModelException(
                    "%s: %d attention heads with %d key-value heads of size %d over width %d are impossible"
                            .formatted(name, heads, keyValueHeads, headSize, dim));
        }
        if (valueSize != headSize) {
            throw new UnsupportedModelException(
                    "%s: keys of size %d and values of size %d; only equal sizes are supported"
                            .formatted(name, headSize, valueSize));
        }
        return new ModelShape(
                name,
                size(metadata, name + ".block_count", MAXIMUM_LAYERS),
                dim,
                size(metadata, name + ".feed_forward_length", MAXIMUM_SIZE),
                vocabulary(metadata, name),
                size(metadata, name + ".context_length", Integer.MAX_VALUE),
                new AttentionShape(heads, keyValueHeads, headSize, (float) (1 / Math.sqrt(headSize))));
    }

    static float epsilon(Metadata metadata, String name) {
        return (float) metadata.requiredFloating(name + ".attention.layer_norm_rms_epsilon");
    }

    static void refuseExperts(Metadata metadata, String name) {
        int experts = metadata.integer(name + ".expert_count", 0);
        if (experts > 0) {
            throw new UnsupportedModelException(
                    "%s: a mixture of %d experts; only dense models are supported yet".formatted(name, experts));
        }
    }

    private static int vocabulary(Metadata metadata, String name) {
        String key = name + ".vocab_size";
        return metadata.contains(key)
                ? size(metadata, key, MAXIMUM_SIZE)
                : metadata.byteStrings("tokenizer.ggml.tokens")
                        .orElseThrow(() -> new UnsupportedModelException(
                                "neither %s nor tokenizer.ggml.tokens tells the size of the vocabulary".formatted(key)))
                        .size();
    }

    private static int size(Metadata metadata, String key, int maximum) {
        int value = metadata.requiredInteger(key);
        if (value < 1 || value > maximum) {
            throw new UnsupportedModelException("%s: expected 1 to %d, found %d".formatted(key, maximum, value));
        }
        return value;
    }
}
