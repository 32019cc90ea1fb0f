package dev.vesper.llm.lora;

/** An adapter cannot be read, or does not fit the model. */
public final class AdapterException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public AdapterException(String message) {
        super(message);
    }

    public AdapterException(String message, Throwable cause) {
        super(message, cause);
    }
}
