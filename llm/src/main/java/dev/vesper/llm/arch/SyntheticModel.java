package dev.vesper.llm.arch;

import dev.vesper.llm.file.GgufWriter;
import dev.vesper.llm.file.Metadata;
import dev.vesper.llm.file.RowSource;
import dev.vesper.tensor.Format;
import dev.vesper.tensor.quant.Codec;
import dev.vesper.tensor.quant.Codecs;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * A Llama of random weights in the shape of a well-known one: good for measuring, useless for talking. The same shape and
 * format give the same file.
 */
public enum SyntheticModel {
    /** About 4 million parameters, for a first look and for tests. */
    LLAMA_TINY(4, 256, 8, 4, 32, 768, 512, 2048, 10000, true),
    /** The shape of Llama 3.2 1B: 1.24 billion parameters. */
    LLAMA_1B(16, 2048, 32, 8, 64, 8192, 128256, 131072, 500000, true),
    /** The shape of Llama 3.1 8B: 8.03 billion parameters. */
    LLAMA_8B(32, 4096, 32, 8, 128, 14336, 128256, 131072, 500000, false);

    private static final int BYTE_TOKENS = 256;
    private static final int NORMAL = 1;
    private static final int UNKNOWN = 2;
    private static final int CONTROL = 3;
    private static final int BYTE = 6;

    private final int layers;
    private final int dim;
    private final int heads;
    private final int keyValueHeads;
    private final int headSize;
    private final int feedForward;
    private final int vocabulary;
    private final int context;
    private final float ropeBase;
    private final boolean tied;

    SyntheticModel(
            int layers, int dim, int heads, int keyValueHeads, int headSize, int feedForward, int vocabulary,
            int context,
            float ropeBase, boolean tied) {
        this.layers = layers;
        this.dim = dim;
        this.heads = heads;
        this.keyValueHeads = keyValueHeads;
        this.headSize = headSize;
        this.feedForward = feedForward;
        this.vocabulary = vocabulary;
        this.context = context;
        this.ropeBase = ropeBase;
        this.tied = tied;
    }

    /** The name in commands, such as {@code llama-1b}. */
    public String shapeName() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The shape of this name, such as {@code llama-1b}. */
    public static SyntheticModel of(String name) {
        return Arrays.stream(values())
                .filter(model -> model.shapeName().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no synthetic model \"%s\"; there are: %s"
                        .formatted(name,
                                String.join(", ", Arrays.stream(values()).map(SyntheticModel::shapeName).toList()))));
    }

    /**
     * Writes the model with its matrices in {@code format} and its norms in F32.
     *
     * @throws UnsupportedOperationException if there is no codec for the format
     */
    public void write(Path target, Format format) {
        Codec codec = Codecs.of(format);
        GgufWriter writer = new GgufWriter(metadata(format));
        matrix(writer, codec, "token_embd", vocabulary, dim);
        for (int i = 0; i < layers; i++) {
            String block = "blk." + i + ".";
            norm(writer, block + "attn_norm");
            matrix(writer, codec, block + "attn_q", heads * headSize, dim);
            matrix(writer, codec, block + "attn_k", keyValueHeads * headSize, dim);
            matrix(writer, codec, block + "attn_v", keyValueHeads * headSize, dim);
            matrix(writer, codec, block + "attn_output", dim, heads * headSize);
            norm(writer, block + "ffn_norm");
            matrix(writer, codec, block + "ffn_gate", feedForward, dim);
            matrix(writer, codec, block + "ffn_up", feedForward, dim);
            matrix(writer, codec, block + "ffn_down", dim, feedForward);
        }
        norm(writer, "output_norm");
        if (!tied) {
            matrix(writer, codec, "output", vocabulary, dim);
        }
        writer.write(target);
    }

    private void matrix(GgufWriter writer, Codec codec, String name, int rows, int columns) {
        SplittableRandom random = new SplittableRandom(name.hashCode());
        float[] values = new float[columns];
        float spread = (float) Math.sqrt(3.0 / columns);
        RowSource source = (row, destination) -> {
            for (int i = 0; i < columns; i++) {
                values[i] = spread * ((random.nextInt() >> 8) * 0x1p-23f);
            }
            codec.encode(values, 0, columns, destination, 0);
        };
        writer.tensor(name + ".weight", codec.format(), List.of((long) columns, (long) rows), source);
    }

    private void norm(GgufWriter writer, String name) {
        float[] ones = new float[dim];
        Arrays.fill(ones, 1f);
        writer.tensor(name + ".weight", Format.F32, List.of((long) dim), (row, destination) -> Codecs.of(Format.F32)
                .encode(ones, 0, dim, destination, 0));
    }

    private Metadata metadata(Format format) {
        List<byte[]> tokens = new ArrayList<>();
        int[] types = new int[vocabulary];
        Arrays.fill(types, NORMAL);
        for (String special : List.of("<unk>", "<s>", "</s>")) {
            types[tokens.size()] = special.equals("<unk>") ? UNKNOWN : CONTROL;
            tokens.add(special.getBytes(StandardCharsets.UTF_8));
        }
        for (int i = 0; i < BYTE_TOKENS; i++) {
            types[tokens.size()] = BYTE;
            tokens.add("<0x%02X>".formatted(i).getBytes(StandardCharsets.UTF_8));
        }
        float[] scores = new float[vocabulary];
        while (tokens.size() < vocabulary) {
            scores[tokens.size()] = -tokens.size();
            tokens.add(("\u2581w" + tokens.size()).getBytes(StandardCharsets.UTF_8));
        }
        return Metadata.builder("synthetic " + shapeName())
                .string("general.architecture", "llama")
                .string("general.name", "synthetic " + shapeName() + " " + format)
                .integer("llama.context_length", context)
                .integer("llama.embedding_length", dim)
                .integer("llama.block_count", layers)
                .integer("llama.feed_forward_length", feedForward)
                .integer("llama.attention.head_count", heads)
                .integer("llama.attention.head_count_kv", keyValueHeads)
                .integer("llama.attention.key_length", headSize)
                .integer("llama.attention.value_length", headSize)
                .integer("llama.rope.dimension_count", headSize)
                .floating("llama.attention.layer_norm_rms_epsilon", 1e-5f)
                .floating("llama.rope.freq_base", ropeBase)
                .integer("llama.vocab_size", vocabulary)
                .string("tokenizer.ggml.model", "llama")
                .byteStrings("tokenizer.ggml.tokens", tokens)
                .floats("tokenizer.ggml.scores", scores)
                .integers("tokenizer.ggml.token_type", types)
                .integer("tokenizer.ggml.bos_token_id", 1)
                .integer("tokenizer.ggml.eos_token_id", 2)
                .integer("tokenizer.ggml.unknown_token_id", 0)
                .bool("tokenizer.ggml.add_bos_token", true)
                .bool("tokenizer.ggml.add_space_prefix", true)
                .build();
    }
}
