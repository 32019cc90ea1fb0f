package dev.vesper.train.eval;

/** Hears how an evaluation goes, on the thread that runs it. */
public interface EvalListener {
    /** Hears nothing. */
    EvalListener NONE = new EvalListener() {};

    /**
     * A part of the work begins.
     *
     * @param what such as {@code chats.jsonl, model.gguf}
     * @param unit of what is counted, such as {@code tokens}
     */
    default void begins(String what, String unit, long total) {}

    default void advanced(long amount) {}

    default void ends() {}
}
