package dev.vesper.llm.text;

import java.util.Arrays;

/**
 * Decodes tokens one by one to text that is complete: the first bytes of a character wait for its last. Bytes that
 * cannot become a character are given as U+FFFD, one for each longest beginning of a character, as the Unicode Standard
 * recommends (section 3.9). Not for use by several threads.
 */
public final class StreamDecoder {
    private final PieceReader pieces;
    private byte[] pending = {};

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
        byte[] bytes = Arrays.copyOf(pending, pending.length + piece.length);
        System.arraycopy(piece, 0, bytes, pending.length, piece.length);
        int complete = bytes.length - Utf8.incompleteTail(bytes, bytes.length);
        pending = Arrays.copyOfRange(bytes, complete, bytes.length);
        return Utf8.decode(bytes, 0, complete);
    }

    /** What is left at the end: U+FFFD for a character that was cut off, otherwise nothing. */
    public String finish() {
        String rest = Utf8.decode(pending, 0, pending.length);
        pending = new byte[0];
        return rest;
    }
}
