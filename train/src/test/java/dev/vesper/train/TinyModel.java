package dev.vesper.train;

import dev.vesper.llm.file.GgufWriter;
import dev.vesper.llm.file.Metadata;
import dev.vesper.llm.file.MetadataBuilder;
import dev.vesper.tensor.Format;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A Llama of two layers with random weights that spells text in bytes: token 3 + b is byte b. */
final class TinyModel {
    static final int BOS = 1;
    static final int EOS = 2;
    private static final int DIM = 16;
    private static final int INNER = 24;
    private static final int VOCABULARY = 3 + 256;

    private TinyModel() {}

    static Path write(Path folder) {
        return write(folder, 7);
    }

    static Path write(Path folder, long seed) {
        return write(folder, seed, "", 1f);
    }

    /**
     * A variant.
     *
     * @param template its chat template, empty for none
     * @param gain of its norms
     */
    static Path write(Path folder, long seed, String template, float gain) {
        MetadataBuilder metadata = metadata();
        if (!template.isEmpty()) {
            metadata.string("tokenizer.chat_template", template);
        }
        GgufWriter writer = new GgufWriter(metadata.build());
        Random random = new Random(seed);
        try (Arena arena = Arena.ofConfined()) {
            matrix(writer, arena, random, "token_embd.weight", VOCABULARY, DIM);
            for (int layer = 0; layer < 2; layer++) {
                String prefix = "blk." + layer + ".";
                gains(writer, arena, prefix + "attn_norm.weight", gain);
                matrix(writer, arena, random, prefix + "attn_q.weight", DIM, DIM);
                matrix(writer, arena, random, prefix + "attn_k.weight", DIM / 2, DIM);
                matrix(writer, arena, random, prefix + "attn_v.weight", DIM / 2, DIM);
                matrix(writer, arena, random, prefix + "attn_output.weight", DIM, DIM);
                gains(writer, arena, prefix + "ffn_norm.weight", gain);
                matrix(writer, arena, random, prefix + "ffn_gate.weight", INNER, DIM);
                matrix(writer, arena, random, prefix + "ffn_up.weight", INNER, DIM);
                matrix(writer, arena, random, prefix + "ffn_down.weight", DIM, INNER);
            }
            gains(writer, arena, "output_norm.weight", gain);
            Path file = folder.resolve("tiny-%d.gguf".formatted(seed));
            writer.write(file);
            return file;
        }
    }

    private static MetadataBuilder metadata() {
        List<String> tokens = new ArrayList<>(List.of("<unk>", "<s>", "</s>"));
        int[] types = new int[VOCABULARY];
        types[0] = 2;
        types[BOS] = 3;
        types[EOS] = 3;
        for (int value = 0; value < 256; value++) {
            tokens.add(String.format("<0x%02X>", value));
            types[3 + value] = 6;
        }
        MetadataBuilder builder = Metadata.builder("a tiny model");
        builder.string("general.architecture", "llama").string("general.name", "tiny").integer("general.file_type", 1);
        builder.integer("llama.block_count", 2).integer("llama.embedding_length", DIM);
        builder.integer("llama.feed_forward_length", INNER).integer("llama.context_length", 128);
        builder.integer("llama.attention.head_count", 4).integer("llama.attention.head_count_kv", 2);
        builder.floating("llama.attention.layer_norm_rms_epsilon", 1e-5f);
        builder.string("tokenizer.ggml.model", "llama").strings("tokenizer.ggml.tokens", tokens);
        builder.floats("tokenizer.ggml.scores", new float[VOCABULARY]).integers("tokenizer.ggml.token_type", types);
        builder.integer("tokenizer.ggml.bos_token_id", BOS).integer("tokenizer.ggml.eos_token_id", EOS);
        builder.bool("tokenizer.ggml.add_bos_token", true).bool("tokenizer.ggml.add_space_prefix", false);
        return builder;
    }

    private static void matrix(GgufWriter writer, Arena arena, Random random, String name, int rows, int columns) {
        MemorySegment data = arena.allocate(ValueLayout.JAVA_FLOAT, (long) rows * columns);
        for (int i = 0; i < rows * columns; i++) {
            data.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) (random.nextGaussian() / Math.sqrt(columns)));
        }
        writer.tensor(name, Format.F32, List.of((long) columns, (long) rows), data);
    }

    private static void gains(GgufWriter writer, Arena arena, String name, float gain) {
        MemorySegment data = arena.allocate(ValueLayout.JAVA_FLOAT, DIM);
        for (int i = 0; i < DIM; i++) {
            data.setAtIndex(ValueLayout.JAVA_FLOAT, i, gain);
        }
        writer.tensor(name, Format.F32, List.of((long) DIM), data);
    }
}
