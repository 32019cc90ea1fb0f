package dev.vesper.server;

import dev.vesper.llm.file.GgufWriter;
import dev.vesper.llm.file.Metadata;
import dev.vesper.llm.lora.Adapter;
import dev.vesper.llm.lora.LowRank;
import dev.vesper.tensor.Format;
import dev.vesper.tensor.Weight;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/** A Llama with random weights whose vocabulary is bytes, letters and words, so that tests need no file of others. */
final class TinyModel {
    static final int CONTEXT = 65_536;
    static final int END_TOKEN = 2;
    private static final int DIM = 32;
    private static final int KEY_VALUES = 16;
    private static final int INNER = 64;
    private static final int LAYERS = 2;

    private TinyModel() {}

    static Path write(Path folder) {
        Path path = folder.resolve("tiny.gguf");
        List<String> tokens = new ArrayList<>(List.of("<unk>", "<s>", "</s>"));
        for (int value = 0; value < 256; value++) {
            tokens.add(String.format(Locale.ROOT, "<0x%02X>", value));
        }
        for (char letter = 'a'; letter <= 'z'; letter++) {
            tokens.add(String.valueOf(letter));
            tokens.add("\u2581" + letter);
        }
        tokens.add("\u2581");
        int vocabulary = tokens.size();
        float[] scores = new float[vocabulary];
        int[] types = new int[vocabulary];
        for (int i = 0; i < vocabulary; i++) {
            scores[i] = -i;
            types[i] = i == 0 ? 2 : i < 3 ? 3 : i < 259 ? 6 : 1;
        }
        Metadata metadata = Metadata.builder(path)
                .string("general.architecture", "llama")
                .string("general.name", "tiny")
                .integer("llama.block_count", LAYERS)
                .integer("llama.embedding_length", DIM)
                .integer("llama.feed_forward_length", INNER)
                .integer("llama.attention.head_count", 4)
                .integer("llama.attention.head_count_kv", 2)
                .integer("llama.context_length", CONTEXT)
                .integer("llama.rope.dimension_count", 8)
                .floating("llama.attention.layer_norm_rms_epsilon", 1e-5f)
                .string("tokenizer.ggml.model", "llama")
                .strings("tokenizer.ggml.tokens", tokens)
                .floats("tokenizer.ggml.scores", scores)
                .integers("tokenizer.ggml.token_type", types)
                .integer("tokenizer.ggml.bos_token_id", 1)
                .integer("tokenizer.ggml.eos_token_id", END_TOKEN)
                .integer("tokenizer.ggml.unknown_token_id", 0)
                .build();
        try (Arena arena = Arena.ofConfined()) {
            var random = new Random(7);
            var writer = new GgufWriter(metadata);
            writer.tensor(matrix(arena, random, "token_embd.weight", vocabulary, DIM, 1));
            writer.tensor(matrix(arena, random, "output.weight", vocabulary, DIM, 0.6f));
            writer.tensor(ones(arena, "output_norm.weight"));
            for (int layer = 0; layer < LAYERS; layer++) {
                String prefix = "blk." + layer + ".";
                writer.tensor(ones(arena, prefix + "attn_norm.weight"));
                writer.tensor(ones(arena, prefix + "ffn_norm.weight"));
                writer.tensor(matrix(arena, random, prefix + "attn_q.weight", DIM, DIM, 0.3f));
                writer.tensor(matrix(arena, random, prefix + "attn_k.weight", KEY_VALUES, DIM, 0.3f));
                writer.tensor(matrix(arena, random, prefix + "attn_v.weight", KEY_VALUES, DIM, 0.3f));
                writer.tensor(matrix(arena, random, prefix + "attn_output.weight", DIM, DIM, 0.3f));
                writer.tensor(matrix(arena, random, prefix + "ffn_gate.weight", INNER, DIM, 0.3f));
                writer.tensor(matrix(arena, random, prefix + "ffn_up.weight", INNER, DIM, 0.3f));
                writer.tensor(matrix(arena, random, prefix + "ffn_down.weight", DIM, INNER, 0.3f));
            }
            writer.write(path);
        }
        return path;
    }

    /** An adapter of {@code blk.0.attn_q} and {@code blk.0.ffn_down} with random factors, for a model of these sizes. */
    static Adapter adapter(long seed, int dim, int inner) {
        var random = new Random(seed);
        return new Adapter(
                Map.of("blk.0.attn_q", change(random, dim, dim), "blk.0.ffn_down", change(random, inner, dim)), 4, 8);
    }

    static Adapter adapter(long seed) {
        return adapter(seed, DIM, INNER);
    }

    private static LowRank change(Random random, int inputs, int outputs) {
        return new LowRank(
                matrix(Arena.ofAuto(), random, "a", 4, inputs, 0.5f),
                matrix(Arena.ofAuto(), random, "b", outputs, 4, 0.5f));
    }

    private static Weight matrix(Arena arena, Random random, String name, int rows, int columns, float scale) {
        MemorySegment data = arena.allocate((long) rows * columns * Float.BYTES, 64);
        for (long i = 0; i < (long) rows * columns; i++) {
            data.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian() * scale);
        }
        return new Weight(name, Format.F32, data, rows, columns);
    }

    private static Weight ones(Arena arena, String name) {
        MemorySegment data = arena.allocate((long) DIM * Float.BYTES, 64);
        for (int i = 0; i < DIM; i++) {
            data.setAtIndex(ValueLayout.JAVA_FLOAT, i, 1);
        }
        return new Weight(name, Format.F32, data, 1, DIM);
    }
}
