package dev.vesper.llm.text;

/** What a vocabulary entry stands for; the codes are those of GGUF's {@code tokenizer.ggml.token_type}. */
public enum TokenType {
    /** A piece of text. */
    NORMAL(1),
    /** Stands for text that the vocabulary cannot spell. */
    UNKNOWN(2),
    /** Steers the model, such as the beginning of a text; never spelled by ordinary text. */
    CONTROL(3),
    /** Added by the model's author; always recognised, whole, where a text spells it. */
    USER_DEFINED(4),
    /** Reserved; treated as ordinary text. */
    UNUSED(5),
    /** One byte, named {@code <0xXX>}, for text that has no piece of its own. */
    BYTE(6);

    private static final TokenType[] ALL = values();

    private final int code;

    TokenType(int code) {
        this.code = code;
    }

    /** The number that GGUF files use. */
    public int code() {
        return code;
    }

    /** Control, user-defined and unknown tokens are spelled as they are and separate the texts around them. */
    public boolean special() {
        return this == CONTROL || this == USER_DEFINED || this == UNKNOWN;
    }

    /**
     * The type with a GGUF code; {@code token} is for the message.
     *
     * @throws VocabularyException if there is none
     */
    public static TokenType ofCode(long code, int token) {
        for (TokenType type : ALL) {
            if (type.code == code) {
                return type;
            }
        }
        throw new VocabularyException("token " + token + " has type " + code
                + "; known are 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte");
    }
}
