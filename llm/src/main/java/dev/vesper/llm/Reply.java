package dev.vesper.llm;

import java.time.Duration;

/**
 * What a model answered.
 *
 * @param promptTokens tokens of the prompt, beginning-of-text included
 * @param completionTokens tokens that were generated
 * @param seed what the draws began with: the same seed and prompt give the same text
 * @param firstToken from the request to the first token
 * @param total from the request to the end
 */
public record Reply(
        String text,
        Finish finish,
        int promptTokens,
        int completionTokens,
        long seed,
        Duration firstToken,
        Duration total) {

    /** Why a reply ended. */
    public enum Finish {
        /** The model came to an end, or to a stop string. */
        STOP,
        /** As many tokens as were asked for, or as the context holds. */
        LENGTH,
        /** The listener did not want more. */
        CANCELLED
    }
}
