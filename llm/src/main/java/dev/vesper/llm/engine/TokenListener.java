package dev.vesper.llm.engine;

/**
 * Receives the tokens of one sequence, on the engine's thread: must be quick. What {@link #token} throws fails the
 * sequence; what the other two throw goes to the thread's handler of uncaught exceptions.
 */
public interface TokenListener {
    /** The next token. @return false if this was enough */
    boolean token(int token);

    /** The sequence has ended; nothing follows. */
    void finished(FinishReason reason);

    /** The sequence has ended by an error; nothing follows. */
    void failed(Throwable error);
}
