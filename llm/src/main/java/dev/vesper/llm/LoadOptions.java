package dev.vesper.llm;

import dev.vesper.tensor.Format;

/**
 * How to load a model.
 *
 * @param kernels {@code auto}, {@code scalar} or {@code vector}
 * @param threads 0 for as many as there are processors
 * @param contextLength the longest conversation, prompt and reply together; 0 for the model's own
 * @param cacheBytes memory for the keys and values of all requests together; 0 for half of the heap
 * @param maxRunning requests that run at a time; others wait
 * @param cacheFormat what keys and values are kept in: F32, F16 for half the memory, or Q8_0 for a quarter
 */
public record LoadOptions(
        String kernels, int threads, int contextLength, long cacheBytes, int maxRunning, Format cacheFormat) {
    public LoadOptions {
        if (contextLength < 0 || cacheBytes < 0) {
            throw new IllegalArgumentException(
                    "context length and cache bytes must be 0 (automatic) or more, got %d and %d"
                            .formatted(contextLength, cacheBytes));
        }
    }

    public static LoadOptions defaults() {
        return new LoadOptions("auto", 0, 0, 0, 64, Format.F32);
    }
}
