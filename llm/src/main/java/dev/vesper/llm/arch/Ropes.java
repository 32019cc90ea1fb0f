package dev.vesper.llm.arch;

import dev.vesper.llm.file.Metadata;
import dev.vesper.llm.layer.RotaryEmbedding;
import dev.vesper.llm.layer.Weights;
import dev.vesper.tensor.Weight;
import dev.vesper.tensor.quant.Codecs;

/** Rotary embeddings with the scaling kinds that GGUF metadata describe: none, linear, YaRN, and factors per pair. */
final class Ropes {
    private static final double DEFAULT_BASE = 10000;

    private Ropes() {}

    static RotaryEmbedding read(Metadata metadata, Weights weights, ModelShape shape) {
        String prefix = shape.architecture() + ".rope.";
        int headSize = shape.attention().headSize();
        int dimensions = metadata.integer(prefix + "dimension_count", headSize);
        if (dimensions < 2 || dimensions > headSize || dimensions % 2 != 0) {
            throw new UnsupportedModelException(
                    "%sdimension_count: expected an even number up to the head size %d, found %d"
                            .formatted(prefix, headSize, dimensions));
        }
        double base = positive(metadata, prefix + "freq_base", DEFAULT_BASE);
        RotaryEmbedding plain = RotaryEmbedding.plain(dimensions, base);
        String scaling = prefix + "scaling.";
        // scale_linear is how the oldest files spell linear scaling
        double oldFactor = positive(metadata, prefix + "scale_linear", 1);
        String type = metadata.string(scaling + "type").orElse(oldFactor == 1 ? "none" : "linear");
        double factor = positive(metadata, scaling + "factor", oldFactor);
        RotaryEmbedding scaled =
                switch (type) {
                    case "none" -> plain;
                    case "linear" -> plain.interpolated(factor);
                    case "yarn" -> plain.yarn(
                            factor,
                            base,
                            metadata.integer(scaling + "original_context_length", shape.contextLength()),
                            positive(metadata, scaling + "yarn_beta_fast", 32),
                            positive(metadata, scaling + "yarn_beta_slow", 1),
                            positive(metadata, scaling + "attn_factor", 1));
                    default -> throw new UnsupportedModelException(
                            "%stype: expected none, linear or yarn, found \"%s\"".formatted(scaling, type));
                };
        return weights.has("rope_freqs") ? scaled.divided(factors(weights, dimensions / 2)) : scaled;
    }

    private static float[] factors(Weights weights, int pairs) {
        Weight weight = weights.weight("rope_freqs", 1, pairs);
        float[] factors = new float[pairs];
        Codecs.of(weight.format()).decode(weight.data(), 0, factors, 0, pairs);
        for (float factor : factors) {
            if (!(factor > 0) || factor == Float.POSITIVE_INFINITY) {
                throw new UnsupportedModelException("rope_freqs.weight: expected positive factors, found " + factor);
            }
        }
        return factors;
    }

    private static double positive(Metadata metadata, String key, double defaultValue) {
        double value = metadata.floating(key, defaultValue);
        if (!(value > 0) || value == Double.POSITIVE_INFINITY) {
            throw new UnsupportedModelException("%s: expected a positive number, found %s".formatted(key, value));
        }
        return value;
    }
}
