package dev.vesper.llm.text;

import java.util.Arrays;

/** Reads the bytes of successive tokens, without the spaces that encoding put before texts. */
final class PieceReader {
    private static final byte[] NOTHING = {};

    private final Tokenizer tokenizer;
    private final boolean control;
    private boolean start;

    /**
     * @param start whether the next token begins a text
     * @param control whether control tokens are spelled out
     */
    PieceReader(Tokenizer tokenizer, boolean start, boolean control) {
        this.tokenizer = tokenizer;
        this.start = start;
        this.control = control;
    }

    byte[] next(int token) {
        TokenType type = tokenizer.vocabulary().type(token);
        if (type.special()) {
            start = true;
            return type == TokenType.CONTROL && !control ? NOTHING : tokenizer.bytes(token);
        }
        byte[] bytes = tokenizer.bytes(token);
        boolean added = start && tokenizer.addsSpace() && bytes.length > 0 && bytes[0] == ' ';
        start = start && bytes.length == 0;
        return added ? Arrays.copyOfRange(bytes, 1, bytes.length) : bytes;
    }
}
