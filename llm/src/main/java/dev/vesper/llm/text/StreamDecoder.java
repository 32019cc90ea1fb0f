package dev.vesper.llm.text;

import java.util.Arrays;

/**
 * Decodes tokens one by one to text that is complete: the first bytes of a character wait for its last. Bytes that
 * cannot become a character are given as U+FFFD, one for each longest beginning of a character, as the Unicode Standard
 * recommends (section 3.9). Not for use by several threads.
 */
public final class StreamDecoder {
    private static final byte[] NONE = {};

    private final PieceReader pieces;
    private byte[] pending = NONE;

    StreamDecoder(Tokenizer tokenizer, boolean start, boolean control) {
        this.pieces = new PieceReader(tokenizer, start, control);
    }

    /**
     * The text that this token completes; empty if it completes none.
     *
     * @throws IndexOutOfBoundsException if the token is outside the vocabulary
     */
    public String next(int token) {
        byte[] piece = pieces.next(token);
        byte[] bytes = pending.length == 0 ? piece : joined(pending, piece);
        int complete = bytes.length - Utf8.incompleteTail(bytes, bytes.length);
        pending = complete == bytes.length ? NONE : Arrays.copyOfRange(bytes, complete, bytes.length);
        return Utf8.decode(bytes, 0, complete);
    }

    private static byte[] joined(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    /** What is left at the end: U+FFFD for a character that was cut off, otherwise nothing. */
    public String finish() {
        String rest = Utf8.decode(pending, 0, pending.length);
        pending = NONE;
        return rest;
    }
}
