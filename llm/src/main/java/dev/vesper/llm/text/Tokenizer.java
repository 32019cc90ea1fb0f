package dev.vesper.llm.text;

import dev.vesper.llm.file.Metadata;

/**
 * Turns text into the token ids of a model, and ids into text. Immutable, and safe to use from several threads.
 *
 * <p>For every byte sequence, {@code decode(encode(bytes, special))} is {@code bytes} again, as far as the vocabulary
 * can spell each byte (byte-level vocabularies may lack the bytes that UTF-8 never uses); the one exception are special
 * tokens that take the white space after them along ({@link Vocabulary#stripsWhitespaceAfter}), where {@code special}
 * is true.
 */
public sealed interface Tokenizer permits SentencePieceTokenizer, BytePairTokenizer {

    Vocabulary vocabulary();

    /**
     * The tokens of a text, which is taken to stand at the beginning. Neither beginning nor end of text is added.
     *
     * @param utf8 text that need not be well-formed
     * @param special whether control and unknown tokens that the text spells, such as {@code <s>}, become these tokens:
     *     true for a prompt made from a template, false for text of others, which must not steer the model.
     *     User-defined tokens are always recognised
     * @throws VocabularyException if the vocabulary cannot spell the text and has no unknown token
     */
    int[] encode(byte[] utf8, boolean special);

    /**
     * As {@link #encode(byte[], boolean)}.
     *
     * @throws IllegalArgumentException if {@code text} holds half of a surrogate pair
     */
    default int[] encode(String text, boolean special) {
        return encode(Utf8.encode(text), special);
    }

    /**
     * The tokens of a text that goes on behind the token {@code previous}: as {@link #encode(byte[], boolean)}, but with no
     * space of its own before it unless {@code previous} is special. No token straddles the border, as none does when a
     * model goes on from a prompt.
     *
     * @throws IndexOutOfBoundsException if {@code previous} is outside the vocabulary
     */
    int[] encodeAfter(int previous, byte[] utf8, boolean special);

    /**
     * As {@link #encodeAfter(int, byte[], boolean)}.
     *
     * @throws IllegalArgumentException if {@code text} holds half of a surrogate pair
     */
    default int[] encodeAfter(int previous, String text, boolean special) {
        return encodeAfter(previous, Utf8.encode(text), special);
    }

    /**
     * The bytes of tokens that begin a text: spaces that {@link #encode} puts before a text, and after special tokens
     * inside it, are left out again. The result need not be well-formed UTF-8. Control tokens appear as they are
     * spelled.
     *
     * @throws IndexOutOfBoundsException if a token is outside the vocabulary
     */
    byte[] decode(int... tokens);

    /**
     * {@link #decode} as text, with U+FFFD for bytes that form no character; the same as a {@link StreamDecoder} gives.
     */
    default String text(int... tokens) {
        byte[] bytes = decode(tokens);
        return Utf8.decode(bytes, 0, bytes.length);
    }

    /**
     * What one token contributes to the middle of a text. Control tokens contribute their spelling.
     *
     * @throws IndexOutOfBoundsException if the token is outside the vocabulary
     */
    byte[] bytes(int token);

    /**
     * Whether {@link #encode} puts a space before a text and after each special token, and {@link #decode} leaves it
     * out.
     */
    boolean addsSpace();

    /**
     * A decoder for text that arrives a token at a time.
     *
     * @param start whether the first token begins a text or follows a special token, so that a space that {@link
     *     #encode} would have put there is left out; false in the middle of a text
     * @param control whether control tokens appear, as they are spelled; otherwise they are left out
     */
    default StreamDecoder streamDecoder(boolean start, boolean control) {
        return new StreamDecoder(this, start, control);
    }

    /**
     * The tokenizer that a model file describes.
     *
     * @throws VocabularyException if its kind is not supported, or its vocabulary contradicts itself
     * @throws dev.vesper.llm.file.ModelFileException if a value is missing or of another type
     */
    static Tokenizer of(Metadata metadata) {
        return Tokenizers.of(metadata);
    }
}
