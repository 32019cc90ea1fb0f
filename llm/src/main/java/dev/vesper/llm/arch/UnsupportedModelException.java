package dev.vesper.llm.arch;

/** A well-formed model file that this build cannot run. The message says what it lacks and what is supported. */
public final class UnsupportedModelException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public UnsupportedModelException(String message) {
        super(message);
    }

    public UnsupportedModelException(String message, Throwable cause) {
        super(message, cause);
    }
}
