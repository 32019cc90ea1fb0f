package dev.vesper.llm.engine;

/** Why a sequence ended. */
public enum FinishReason {
    /** The model ended it with one of its end tokens, or the listener had enough. */
    STOP,
    /** As many tokens as were asked for, or as the context holds. */
    LENGTH,
    /** It was cancelled. */
    CANCELLED
}
