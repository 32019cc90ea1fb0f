package dev.vesper.llm.text;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalInt;

/** The tokens of a model and what each stands for. Immutable. */
public final class Vocabulary {
    private final byte[][] texts;
    private final float[] scores;
    private final TokenType[] types;
    private final Settings settings;
    private final BitSet endOfGeneration;

    Vocabulary(byte[][] texts, float[] scores, TokenType[] types, Settings settings, BitSet endOfGeneration) {
        this.texts = texts;
        this.scores = scores;
        this.types = types;
        this.settings = settings;
        this.endOfGeneration = endOfGeneration;
    }

    /**
     * Begins a vocabulary of {@code texts.size()} tokens.
     *
     * @param texts the UTF-8 text of each token, spelled as the file does ({@code ▁} for a space, {@code <0x0A>} for a
     *     byte)
     * @param scores one for each token; higher merges first. Empty where the kind of vocabulary has none
     * @param types one for each token
     */
    public static VocabularyBuilder of(List<byte[]> texts, float[] scores, List<TokenType> types) {
        byte[][] copies = new byte[texts.size()][];
        for (int token = 0; token < copies.length; token++) {
            copies[token] = texts.get(token).clone();
        }
        return new VocabularyBuilder(copies, scores.clone(), types.toArray(TokenType[]::new));
    }

    /** What the file says beside the tokens; ids of -1 mean that there is no such token. */
    record Settings(
            int bos,
            int eos,
            int eot,
            int unknown,
            int padding,
            boolean addBos,
            boolean addEos,
            boolean addSpacePrefix,
            boolean removeExtraWhitespaces,
            BitSet stripsAfter) {}

    /** The number of tokens. */
    public int size() {
        return texts.length;
    }

    /** How the file spells a token, in UTF-8. */
    public byte[] text(int token) {
        return texts[check(token)].clone();
    }

    /** How the file spells a token. */
    public String name(int token) {
        return new String(texts[check(token)], StandardCharsets.UTF_8);
    }

    /** How eagerly a token is merged; 0 where the vocabulary has no scores. */
    public float score(int token) {
        check(token);
        return scores.length == 0 ? 0 : scores[token];
    }

    /** Whether tokens have scores. */
    public boolean hasScores() {
        return scores.length > 0;
    }

    public TokenType type(int token) {
        return types[check(token)];
    }

    /** The token that begins a text. */
    public OptionalInt bos() {
        return optional(settings.bos());
    }

    /** The token that ends a text. */
    public OptionalInt eos() {
        return optional(settings.eos());
    }

    /** The token that ends a turn of a conversation, where the file names one. */
    public OptionalInt eot() {
        return optional(settings.eot());
    }

    /** The token for text that cannot be spelled. */
    public OptionalInt unknown() {
        return optional(settings.unknown());
    }

    public OptionalInt padding() {
        return optional(settings.padding());
    }

    /** Whether the model expects {@link #bos()} before every text. */
    public boolean addBos() {
        return settings.addBos();
    }

    /** Whether the model was trained with {@link #eos()} after every text. */
    public boolean addEos() {
        return settings.addEos();
    }

    /** Whether a space is put before a text, so that its first word is spelled like any other. */
    public boolean addSpacePrefix() {
        return settings.addSpacePrefix();
    }

    /** Whether runs of spaces are to be made one. No tokenizer here does so; they refuse such a vocabulary. */
    public boolean removeExtraWhitespaces() {
        return settings.removeExtraWhitespaces();
    }

    /** Whether white space after this special token belongs to it and is left out of the text that follows. */
    public boolean stripsWhitespaceAfter(int token) {
        return settings.stripsAfter().get(check(token));
    }

    /** Whether generation ends with this token: end of text, end of turn, and tokens well known as such by name. */
    public boolean endsGeneration(int token) {
        return endOfGeneration.get(check(token));
    }

    /** All tokens that end generation, ascending. */
    public int[] endOfGeneration() {
        return endOfGeneration.stream().toArray();
    }

    /** The token of any kind that is spelled {@code name}; of several the last. */
    public OptionalInt find(String name) {
        byte[] text = name.getBytes(StandardCharsets.UTF_8);
        for (int token = size() - 1; token >= 0; token--) {
            if (Arrays.equals(texts[token], text)) {
                return OptionalInt.of(token);
            }
        }
        return OptionalInt.empty();
    }

    /** The texts themselves, not to be changed. */
    byte[][] texts() {
        return texts;
    }

    int check(int token) {
        if (token < 0 || token >= texts.length) {
            throw new IndexOutOfBoundsException("token " + token + " of a vocabulary of " + texts.length);
        }
        return token;
    }

    private static OptionalInt optional(int token) {
        return token < 0 ? OptionalInt.empty() : OptionalInt.of(token);
    }

    @Override
    public String toString() {
        return "vocabulary of " + texts.length + " tokens";
    }
}
