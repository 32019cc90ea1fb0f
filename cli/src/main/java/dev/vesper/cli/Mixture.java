package dev.vesper.cli;

import dev.vesper.tensor.Format;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * What the user can ask a model to be quantised to: one format for all matrices, or a mixture that gives the matrices
 * that matter most a larger one, by the rules of llama.cpp, so that files of the same name are alike.
 *
 * @see <a href="https://github.com/ggml-org/llama.cpp/blob/master/src/llama-quant.cpp">llama.cpp, llama-quant.cpp</a>
 */
enum Mixture {
    F32(Format.F32, 0),
    F16(Format.F16, 1),
    BF16(Format.BF16, 32),
    Q8_0(Format.Q8_0, 7),
    Q4_0(Format.Q4_0, 2),
    Q4_1(Format.Q4_1, 3),
    Q5_0(Format.Q5_0, 8),
    Q5_1(Format.Q5_1, 9),
    Q3_K(Format.Q3_K, 11),
    Q4_K(Format.Q4_K, 14),
    Q5_K(Format.Q5_K, 16),
    Q6_K(Format.Q6_K, 18),
    IQ4_NL(Format.IQ4_NL, 25),
    IQ4_XS(Format.IQ4_XS, 30),
    MXFP4(Format.MXFP4, 38),
    IQ1_S(Format.IQ1_S, 24),
    IQ1_M(Format.IQ1_M, 31),
    IQ2_XXS(Format.IQ2_XXS, 19),
    IQ2_XS(Format.IQ2_XS, 20),
    IQ2_S(Format.IQ2_S, 28),
    IQ3_XXS(Format.IQ3_XXS, 23),
    IQ3_S(Format.IQ3_S, 26),
    TQ1_0(Format.TQ1_0, 36),
    TQ2_0(Format.TQ2_0, 37),
    Q2_K(Format.Q2_K, 10) {
        @Override
        Format attentionValue(Place place) {
            return place.queriesPerKeyValue() >= 4 ? Format.Q4_K : Format.Q3_K;
        }

        @Override
        Format attentionOutput(Place place) {
            return place.experts() == 8 ? Format.Q5_K : Format.Q3_K;
        }

        @Override
        Format feedForwardDown(Place place) {
            return Format.Q3_K;
        }
    },
    Q3_K_M(Format.Q3_K, 12) {
        @Override
        Format attentionValue(Place place) {
            return place.valueIndex() < 2 ? Format.Q5_K : Format.Q4_K;
        }

        @Override
        Format attentionOutput(Place place) {
            return place.experts() == 8 ? Format.Q5_K : Format.Q4_K;
        }

        @Override
        Format attentionFused(Place place) {
            return Format.Q4_K;
        }

        @Override
        Format feedForwardDown(Place place) {
            if (place.layer() < place.layers() / 16) {
                return Format.Q5_K;
            }
            return !place.falcon() || place.layerMatters() ? Format.Q4_K : Format.Q3_K;
        }
    },
    Q4_K_M(Format.Q4_K, 15) {
        @Override
        Format attentionValue(Place place) {
            return place.valueMatters() ? Format.Q6_K : Format.Q4_K;
        }

        @Override
        Format attentionOutput(Place place) {
            return place.experts() == 8 ? Format.Q5_K : Format.Q4_K;
        }

        @Override
        Format attentionFused(Place place) {
            return Format.Q5_K;
        }

        @Override
        Format feedForwardDown(Place place) {
            if (!place.falcon()) {
                return place.layerMatters() ? Format.Q6_K : Format.Q4_K;
            }
            if (place.layer() < place.layers() / 16) {
                return Format.Q6_K;
            }
            return place.layerMatters() ? Format.Q5_K : Format.Q4_K;
        }
    },
    Q5_K_M(Format.Q5_K, 17) {
        @Override
        Format attentionValue(Place place) {
            return place.valueMatters() ? Format.Q6_K : Format.Q5_K;
        }

        @Override
        Format attentionFused(Place place) {
            return Format.Q6_K;
        }

        @Override
        Format feedForwardDown(Place place) {
            return place.layerMatters() ? Format.Q6_K : Format.Q5_K;
        }
    };

    /**
     * Where in its model a matrix is.
     *
     * @param layer its block
     * @param layers blocks of the model
     * @param valueIndex which of the value projections it is, if it is one
     * @param values value projections of the model
     * @param queriesPerKeyValue query heads that share a key and value head
     * @param experts of a layer, 0 if there are none
     * @param falcon whether the architecture is Falcon's, the one that some rules treat differently
     */
    record Place(
            int layer, int layers, int valueIndex, int values, int queriesPerKeyValue, int experts, boolean falcon) {
        boolean layerMatters() {
            return matters(layer, layers);
        }

        boolean valueMatters() {
            return matters(valueIndex, values);
        }

        /** The first and the last eighth, and every third between. */
        private static boolean matters(int i, int count) {
            return i < count / 8 || i >= 7 * count / 8 || (i - count / 8) % 3 == 2;
        }

        /** Of 80 layers that share each key and value head among eight: one step larger costs next to nothing. */
        boolean valueIsCheap() {
            return layers == 80 && queriesPerKeyValue == 8;
        }
    }

    private final Format base;
    private final int fileType;

    Mixture(Format base, int fileType) {
        this.base = base;
        this.fileType = fileType;
    }

    /** @throws IllegalArgumentException if there is none of this name; it lists those that there are */
    static Mixture named(String name) {
        return Arrays.stream(values())
                .filter(mixture -> mixture.name().equals(name.toUpperCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("cannot quantize to \"%s\"; there are %s"
                        .formatted(
                                name, Arrays.stream(values()).map(Enum::name).collect(Collectors.joining(", ")))));
    }

    /** The number of {@code general.file_type}. */
    int fileType() {
        return fileType;
    }

    /** The format of most matrices. */
    Format base() {
        return base;
    }

    boolean isMixed() {
        return this == Q2_K || name().endsWith("_M");
    }

    /** The format of a matrix in a mixture; that of the output is not asked for here. */
    final Format format(String tensor, Place place) {
        if (!isMixed()) {
            return base;
        }
        if (tensor.endsWith("attn_v.weight")) {
            Format format = place.experts() == 8 ? Format.Q8_0 : attentionValue(place);
            boolean small = format == Format.Q3_K || format == Format.Q4_K;
            return place.valueIsCheap() && small ? Format.Q5_K : format;
        }
        if (tensor.endsWith("attn_k.weight") && place.experts() == 8) {
            return Format.Q8_0;
        }
        if (tensor.endsWith("attn_output.weight") && !place.falcon()) {
            return attentionOutput(place);
        }
        if (tensor.endsWith("attn_qkv.weight")) {
            return attentionFused(place);
        }
        return tensor.contains("ffn_down") ? feedForwardDown(place) : base;
    }

    Format attentionValue(Place place) {
        return base;
    }

    Format attentionOutput(Place place) {
        return base;
    }

    Format attentionFused(Place place) {
        return base;
    }

    Format feedForwardDown(Place place) {
        return base;
    }
}
