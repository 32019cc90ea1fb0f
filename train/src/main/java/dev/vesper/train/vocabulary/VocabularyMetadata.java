package dev.vesper.train.vocabulary;

import dev.vesper.llm.file.MetadataBuilder;
import dev.vesper.llm.text.Vocabulary;
import java.util.ArrayList;
import java.util.List;

/** Writes a vocabulary with scores the way GGUF files hold it, for the tokenizer to read it back with the same ids. */
public final class VocabularyMetadata {
    private static final String PREFIX = "tokenizer.ggml.";

    private VocabularyMetadata() {}

    /** @param endOfTurn the token that ends an answer */
    public static void write(Vocabulary vocabulary, int endOfTurn, MetadataBuilder to) {
        List<byte[]> texts = new ArrayList<>();
        float[] scores = new float[vocabulary.size()];
        int[] types = new int[vocabulary.size()];
        for (int token = 0; token < vocabulary.size(); token++) {
            texts.add(vocabulary.text(token));
            scores[token] = vocabulary.score(token);
            types[token] = vocabulary.type(token).code();
        }
        to.string(PREFIX + "model", "llama")
                .string(PREFIX + "pre", "default")
                .byteStrings(PREFIX + "tokens", texts)
                .floats(PREFIX + "scores", scores)
                .integers(PREFIX + "token_type", types)
                .integer(PREFIX + "bos_token_id", vocabulary.bos().orElseThrow())
                .integer(PREFIX + "eos_token_id", vocabulary.eos().orElseThrow())
                .integer(PREFIX + "unknown_token_id", vocabulary.unknown().orElseThrow())
                .integer(PREFIX + "eot_token_id", endOfTurn)
                .bool(PREFIX + "add_bos_token", vocabulary.addBos())
                .bool(PREFIX + "add_eos_token", false)
                .bool(PREFIX + "add_space_prefix", vocabulary.addSpacePrefix());
    }
}
