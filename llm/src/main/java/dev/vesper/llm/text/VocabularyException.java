package dev.vesper.llm.text;

/** A vocabulary contradicts itself, or needs a tokenizer that does not exist here. */
public final class VocabularyException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public VocabularyException(String message) {
        super(message);
    }

    public VocabularyException(String message, Throwable cause) {
        super(message, cause);
    }
}
