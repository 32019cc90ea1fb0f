package dev.vesper.llm.text;

import dev.vesper.llm.file.Metadata;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/** Makes tokenizers from the {@code tokenizer.ggml} part of a GGUF file's metadata. */
final class Tokenizers {
    private static final String PREFIX = "tokenizer.ggml.";
    private static final String TOKENS = PREFIX + "tokens";

    private Tokenizers() {}

    static Tokenizer of(Metadata metadata) {
        String model = metadata.requiredString(PREFIX + "model");
        try {
            return switch (model) {
                case "llama" -> SentencePieceTokenizer.of(sentencePieceVocabulary(metadata));
                case "gpt2" -> bytePairs(metadata);
                default ->
                    throw new VocabularyException(PREFIX + "model is '" + model
                            + "'; supported: llama (SentencePiece by scores), gpt2 (byte-level BPE)");
            };
        } catch (VocabularyException e) {
            throw new VocabularyException(metadata + ": " + e.getMessage(), e);
        }
    }

    /** The defaults for keys that the file lacks are llama.cpp's. */
    private static Vocabulary sentencePieceVocabulary(Metadata metadata) {
        List<byte[]> texts = texts(metadata);
        float[] scores = metadata.floats(PREFIX + "scores").orElseThrow(() -> missing("scores"));
        VocabularyBuilder builder = Vocabulary.of(texts, scores, types(metadata))
                .bos(token(metadata, "bos_token_id", 1 < texts.size() ? 1 : -1))
                .eos(token(metadata, "eos_token_id", 2 < texts.size() ? 2 : -1))
                .unknown(token(metadata, "unknown_token_id", 0))
                .addBos(metadata.bool(PREFIX + "add_bos_token", true))
                .addSpacePrefix(metadata.bool(PREFIX + "add_space_prefix", true));
        return finish(builder, metadata, texts);
    }

    private static Tokenizer bytePairs(Metadata metadata) {
        String name = metadata.requiredString(PREFIX + "pre");
        List<byte[]> merges = metadata.byteStrings(PREFIX + "merges").orElseThrow(() -> missing("merges"));
        List<byte[]> texts = texts(metadata);
        List<TokenType> types = metadata.contains(PREFIX + "token_type")
                ? types(metadata)
                : Collections.nCopies(texts.size(), TokenType.NORMAL);
        int bos = token(metadata, "bos_token_id", -1);
        VocabularyBuilder builder = Vocabulary.of(texts, new float[0], types)
                .bos(bos)
                .eos(token(metadata, "eos_token_id", -1))
                .unknown(token(metadata, "unknown_token_id", -1))
                .addBos(metadata.bool(PREFIX + "add_bos_token", bos >= 0 && PreTokenizer.named(name).addsBos()));
        return BytePairTokenizer.of(finish(builder, metadata, texts), merges, name);
    }

    private static Vocabulary finish(VocabularyBuilder builder, Metadata metadata, List<byte[]> texts) {
        builder.eot(token(metadata, "eot_token_id", -1))
                .padding(token(metadata, "padding_token_id", -1))
                .addEos(metadata.bool(PREFIX + "add_eos_token", false))
                .removeExtraWhitespaces(metadata.bool(PREFIX + "remove_extra_whitespaces", false));
        Vocabulary vocabulary = builder.build();
        String name = metadata.string("general.name").orElse("").toLowerCase(Locale.ROOT);
        if (!name.contains("phi-3") && !name.contains("phi3")) {
            return vocabulary;
        }
        // Phi-3 was trained with the line end after its special tokens left out. GGUF cannot say so; llama.cpp goes by
        // the name too.
        List<String> exceptions = List.of("<unk>", "<s>", "<|endoftext|>");
        for (int token = 0; token < texts.size(); token++) {
            if (vocabulary.type(token).special() && !exceptions.contains(vocabulary.name(token))) {
                builder.stripsWhitespaceAfter(token);
            }
        }
        return builder.build();
    }

    private static List<byte[]> texts(Metadata metadata) {
        return metadata.byteStrings(TOKENS).orElseThrow(() -> missing("tokens"));
    }

    private static List<TokenType> types(Metadata metadata) {
        long[] codes = metadata.integers(PREFIX + "token_type").orElseThrow(() -> missing("token_type"));
        List<TokenType> types = new ArrayList<>(codes.length);
        for (int token = 0; token < codes.length; token++) {
            types.add(TokenType.ofCode(codes[token], token));
        }
        return types;
    }

    private static int token(Metadata metadata, String key, int defaultToken) {
        return metadata.integer(PREFIX + key, defaultToken);
    }

    private static VocabularyException missing(String key) {
        return new VocabularyException("there is no " + PREFIX + key);
    }
}
