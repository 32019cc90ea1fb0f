package dev.vesper.llm.text;

import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.Set;

/**
 * Gathers what a vocabulary is made of; {@link #build} checks that it fits together. A token id of -1 means that there
 * is no such token.
 */
public final class VocabularyBuilder {
    /** Names that models give to tokens that end a turn; files often name only one such token, as end of sequence. */
    private static final Set<String> END_OF_TURN_NAMES = Set.of(
            "<|im_end|>",
            "<|eot_id|>",
            "<|eom_id|>",
            "<end_of_turn>",
            "<turn|>",
            "<|end|>",
            "<|return|>",
            "<|call|>",
            "<|endoftext|>",
            "<|end_of_text|>",
            "<|end_of_turn|>",
            "<end_of_utterance>",
            "<|END_OF_TURN_TOKEN|>",
            "<|eot|>",
            "<|EOT|>",
            "<EOT>",
            "[EOT]",
            "<eos>",
            "<｜end▁of▁sentence｜>");

    private final byte[][] texts;
    private final float[] scores;
    private final TokenType[] types;
    private final BitSet stripsAfter = new BitSet();
    private int bos = -1;
    private int eos = -1;
    private int eot = -1;
    private int unknown = -1;
    private int padding = -1;
    private boolean addBos;
    private boolean addEos;
    private boolean addSpacePrefix;
    private boolean removeExtraWhitespaces;

    VocabularyBuilder(byte[][] texts, float[] scores, TokenType[] types) {
        this.texts = texts;
        this.scores = scores;
        this.types = types;
    }

    public VocabularyBuilder bos(int token) {
        bos = token;
        return this;
    }

    public VocabularyBuilder eos(int token) {
        eos = token;
        return this;
    }

    public VocabularyBuilder eot(int token) {
        eot = token;
        return this;
    }

    public VocabularyBuilder unknown(int token) {
        unknown = token;
        return this;
    }

    public VocabularyBuilder padding(int token) {
        padding = token;
        return this;
    }

    public VocabularyBuilder addBos(boolean add) {
        addBos = add;
        return this;
    }

    public VocabularyBuilder addEos(boolean add) {
        addEos = add;
        return this;
    }

    public VocabularyBuilder addSpacePrefix(boolean add) {
        addSpacePrefix = add;
        return this;
    }

    public VocabularyBuilder removeExtraWhitespaces(boolean remove) {
        removeExtraWhitespaces = remove;
        return this;
    }

    /** White space after this special token is left out of the text that follows. */
    public VocabularyBuilder stripsWhitespaceAfter(int token) {
        stripsAfter.set(inRange("a token that strips white space", token));
        return this;
    }

    /**
     * The vocabulary.
     *
     * @throws VocabularyException if the parts do not fit together
     */
    public Vocabulary build() {
        if (texts.length == 0) {
            throw new VocabularyException("a vocabulary without tokens");
        }
        if (types.length != texts.length) {
            throw new VocabularyException(types.length + " token types for " + texts.length + " tokens");
        }
        checkScores();
        checkBytes();
        inRange("the beginning of a text (bos)", bos);
        inRange("the end of a text (eos)", eos);
        inRange("the end of a turn (eot)", eot);
        inRange("the unknown token", unknown);
        inRange("the padding token", padding);
        if (addBos && bos < 0) {
            throw new VocabularyException("a beginning of text (bos) is to be added, but no token is named for it");
        }
        if (addEos && eos < 0) {
            throw new VocabularyException("an end of text (eos) is to be added, but no token is named for it");
        }
        var settings = new Vocabulary.Settings(
                bos,
                eos,
                eot,
                unknown,
                padding,
                addBos,
                addEos,
                addSpacePrefix,
                removeExtraWhitespaces,
                (BitSet) stripsAfter.clone());
        return new Vocabulary(texts.clone(), scores, types, settings, endOfGeneration());
    }

    private int inRange(String what, int token) {
        if (token < -1 || token >= texts.length) {
            throw new VocabularyException(what + " is token " + token + " of a vocabulary of " + texts.length);
        }
        return token;
    }

    private void checkScores() {
        if (scores.length != 0 && scores.length != texts.length) {
            throw new VocabularyException(scores.length + " scores for " + texts.length + " tokens");
        }
        for (int token = 0; token < scores.length; token++) {
            if (Float.isNaN(scores[token])) {
                throw new VocabularyException("the score of token " + token + " is not a number");
            }
        }
    }

    /** Byte tokens are of use only if there is one for each byte. */
    private void checkBytes() {
        int[] tokens = new int[256];
        int count = 0;
        for (int token = 0; token < texts.length; token++) {
            if (types[token] == TokenType.BYTE) {
                int value = byteValue(texts[token], token);
                if (tokens[value]++ > 0) {
                    throw new VocabularyException(
                            String.format("token %d is a second token for byte 0x%02X", token, value));
                }
                count++;
            }
        }
        for (int value = 0; count > 0 && value < 256; value++) {
            if (tokens[value] == 0) {
                throw new VocabularyException(
                        String.format("%d of 256 byte tokens; there is none for byte 0x%02X", count, value));
            }
        }
    }

    /** The value of a byte token, spelled like {@code <0x0A>}. */
    static int byteValue(byte[] text, int token) {
        String name = new String(text, StandardCharsets.UTF_8);
        if (name.length() != 6
                || !name.startsWith("<0x")
                || !name.endsWith(">")
                || !HexFormat.isHexDigit(name.charAt(3))
                || !HexFormat.isHexDigit(name.charAt(4))) {
            throw new VocabularyException(
                    "byte token " + token + " is spelled '" + name + "'; expected a form like '<0x0A>'");
        }
        return HexFormat.fromHexDigits(name, 3, 5);
    }

    private BitSet endOfGeneration() {
        BitSet ends = new BitSet();
        BitSet named = new BitSet();
        for (int token = 0; token < texts.length; token++) {
            if ((types[token] == TokenType.CONTROL || types[token] == TokenType.USER_DEFINED)
                    && END_OF_TURN_NAMES.contains(name(token))) {
                named.set(token);
            }
        }
        // OpenAI's harmony format ends messages within a turn with <|end|>; <|return|> and <|call|> end the turn.
        if (named.stream().anyMatch(token -> name(token).equals("<|return|>"))
                && named.stream().anyMatch(token -> name(token).equals("<|call|>"))) {
            named.stream()
                    .filter(token -> name(token).equals("<|end|>"))
                    .findFirst()
                    .ifPresent(named::clear);
        }
        ends.or(named);
        if (eos >= 0) {
            ends.set(eos);
        }
        if (eot >= 0) {
            ends.set(eot);
        }
        return ends;
    }

    private String name(int token) {
        return new String(texts[token], StandardCharsets.UTF_8);
    }
}
