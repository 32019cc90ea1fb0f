package dev.vesper.train.fresh;

import dev.vesper.data.SplitMix;
import dev.vesper.llm.file.GgufWriter;
import dev.vesper.llm.file.Metadata;
import dev.vesper.llm.file.MetadataBuilder;
import dev.vesper.llm.file.RowSource;
import dev.vesper.llm.text.Vocabulary;
import dev.vesper.tensor.Format;
import dev.vesper.tensor.quant.Codec;
import dev.vesper.tensor.quant.Codecs;
import dev.vesper.train.vocabulary.VocabularyMetadata;
import dev.vesper.train.vocabulary.VocabularyTrainer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * A model of random weights to train from. Weights are normal with deviation {@code sqrt(2 / (5 dim))}, those that write
 * to the residual stream with {@code 2 / (layers sqrt(dim))}, so that the stream of a deep model begins no larger than
 * that of a shallow one (Nguyen and Salazar 2019; Black et al. 2022, "GPT-NeoX-20B"); gains are 1.
 */
public final class FreshModel {
    /** Where the file says what it was made from. */
    public static final String RECIPE = "vesper.recipe";

    private final Blueprint blueprint;
    private final Vocabulary vocabulary;
    private final long seed;

    public FreshModel(Blueprint blueprint, Vocabulary vocabulary, long seed) {
        this.blueprint = blueprint;
        this.vocabulary = vocabulary;
        this.seed = seed;
    }

    /** Learns the vocabulary of a model that is talked to by the template that such models get. */
    public static VocabularyTrainer.Result vocabulary(VocabularyTrainer trainer, Blueprint blueprint) {
        return trainer.train(blueprint.vocabulary(), Conversation.CONTROL);
    }

    /** Writes the model in float32: the same arguments give the same bytes. */
    public void write(Path target, String recipe) {
        int dim = blueprint.dim();
        double inner = Math.sqrt(2.0 / (5 * dim));
        double toStream = 2 / (blueprint.layers() * Math.sqrt(dim));
        GgufWriter writer = new GgufWriter(metadata(target, recipe));
        matrix(writer, "token_embd", vocabulary.size(), dim, inner);
        for (int i = 0; i < blueprint.layers(); i++) {
            String block = "blk." + i + ".";
            norm(writer, block + "attn_norm");
            matrix(writer, block + "attn_q", dim, dim, inner);
            matrix(writer, block + "attn_k", blueprint.keyValueColumns(), dim, inner);
            matrix(writer, block + "attn_v", blueprint.keyValueColumns(), dim, inner);
            matrix(writer, block + "attn_output", dim, dim, toStream);
            norm(writer, block + "ffn_norm");
            matrix(writer, block + "ffn_gate", blueprint.feedForward(), dim, inner);
            matrix(writer, block + "ffn_up", blueprint.feedForward(), dim, inner);
            matrix(writer, block + "ffn_down", dim, blueprint.feedForward(), toStream);
        }
        norm(writer, "output_norm");
        writer.write(target);
    }

    private void matrix(GgufWriter writer, String name, int rows, int columns, double deviation) {
        SplitMix random = SplitMix.of(seed, "start of " + name);
        Codec codec = Codecs.of(Format.F32);
        float[] values = new float[columns];
        RowSource source = (row, destination) -> {
            for (int i = 0; i < columns; i++) {
                values[i] = (float) (deviation * normal(random));
            }
            codec.encode(values, 0, columns, destination, 0);
        };
        writer.tensor(name + ".weight", Format.F32, List.of((long) columns, (long) rows), source);
    }

    /** Standard normal (the polar method of Marsaglia and Bray 1964), of which one of each pair is taken. */
    private static double normal(SplitMix random) {
        while (true) {
            double x = random.symmetric();
            double y = random.symmetric();
            double square = x * x + y * y;
            if (square > 0 && square < 1) {
                return x * StrictMath.sqrt(-2 * StrictMath.log(square) / square);
            }
        }
    }

    private void norm(GgufWriter writer, String name) {
        float[] ones = new float[blueprint.dim()];
        Arrays.fill(ones, 1f);
        writer.tensor(name + ".weight", Format.F32, List.of((long) ones.length),
                (row, destination) -> Codecs.of(Format.F32)
                        .encode(ones, 0, ones.length, destination, 0));
    }

    private Metadata metadata(Path target, String recipe) {
        MetadataBuilder metadata = Metadata.builder(target)
                .string("general.architecture", "llama")
                .string("general.type", "model")
                .string("general.name", blueprint.name())
                .integer("general.file_type", 0)
                .string(RECIPE, recipe)
                .integer("llama.context_length", blueprint.context())
                .integer("llama.embedding_length", blueprint.dim())
                .integer("llama.block_count", blueprint.layers())
                .integer("llama.feed_forward_length", blueprint.feedForward())
                .integer("llama.attention.head_count", blueprint.heads())
                .integer("llama.attention.head_count_kv", blueprint.keyValueHeads())
                .integer("llama.rope.dimension_count", blueprint.headSize())
                .floating("llama.attention.layer_norm_rms_epsilon", Blueprint.EPSILON)
                .floating("llama.rope.freq_base", Blueprint.ROPE_BASE)
                .integer("llama.vocab_size", vocabulary.size());
        VocabularyMetadata.write(vocabulary, vocabulary.find(Conversation.END).orElseThrow(), metadata);
        return metadata.string("tokenizer.chat_template", Conversation.TEMPLATE).build();
    }
}
