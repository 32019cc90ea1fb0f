package dev.vesper.llm.engine;

import dev.vesper.tensor.Format;

/**
 * The limits of an engine.
 *
 * @param contextLength the longest a sequence may become, prompt included
 * @param cacheBytes memory for keys and values of all sequences together
 * @param maxRunning sequences that run at a time; others wait
 * @param promptTokensPerStep tokens of prompts that are processed before the others get their next token
 * @param cacheFormat what keys and values are kept in: F32, F16 or Q8_0
 */
public record EngineOptions(
        int contextLength, long cacheBytes, int maxRunning, int promptTokensPerStep, Format cacheFormat) {
    public EngineOptions {
        if (contextLength < 1 || cacheBytes < 1 || maxRunning < 1 || promptTokensPerStep < 1) {
            throw new IllegalArgumentException(
                    "context length %d, cache bytes %d, running %d, prompt tokens %d: all must be positive"
                            .formatted(contextLength, cacheBytes, maxRunning, promptTokensPerStep));
        }
    }
}
