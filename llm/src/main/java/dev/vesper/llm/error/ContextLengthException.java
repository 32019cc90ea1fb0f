package dev.vesper.llm.error;

/** A prompt is too long for the model's context, or for the memory that the cache may take. */
public final class ContextLengthException extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final int promptTokens;
    private final int contextLength;

    public ContextLengthException(int promptTokens, int contextLength) {
        super("the prompt has %d tokens, but the context is limited to %d, prompt and reply together"
                .formatted(promptTokens, contextLength));
        this.promptTokens = promptTokens;
        this.contextLength = contextLength;
    }

    public int promptTokens() {
        return promptTokens;
    }

    public int contextLength() {
        return contextLength;
    }
}
