package dev.vesper.llm.text;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Vocabularies written by hand for tests: token 0 unknown, 1 begins and 2 ends a text. */
final class SmallVocabulary {
    private final List<byte[]> texts = new ArrayList<>();
    private final List<Float> scores = new ArrayList<>();
    private final List<TokenType> types = new ArrayList<>();

    SmallVocabulary() {
        add("<unk>", 0, TokenType.UNKNOWN);
        add("<s>", 0, TokenType.CONTROL);
        add("</s>", 0, TokenType.CONTROL);
    }

    SmallVocabulary add(String text, double score, TokenType type) {
        texts.add(text.getBytes(StandardCharsets.UTF_8));
        scores.add((float) score);
        types.add(type);
        return this;
    }

    SmallVocabulary add(String text, double score) {
        return add(text, score, TokenType.NORMAL);
    }

    SmallVocabulary bytes() {
        for (int value = 0; value < 256; value++) {
            add(String.format("<0x%02X>", value), 0, TokenType.BYTE);
        }
        return this;
    }

    VocabularyBuilder builder() {
        float[] values = new float[scores.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = scores.get(i);
        }
        return Vocabulary.of(texts, values, types).bos(1).eos(2).unknown(0).addBos(true).addSpacePrefix(true);
    }

    Tokenizer tokenizer() {
        return SentencePieceTokenizer.of(builder().build());
    }
}
