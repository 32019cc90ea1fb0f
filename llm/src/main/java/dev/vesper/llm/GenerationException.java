package dev.vesper.llm;

/** The engine failed while it generated; the cause tells why. */
public final class GenerationException extends RuntimeException {
    private static final long serialVersionUID = 1;

    GenerationException(Throwable cause) {
        super("generation failed: " + cause, cause);
    }
}
