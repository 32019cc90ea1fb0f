package dev.vesper.llm;

/**
 * How to load a model.
 *
 * @param kernels {@code auto}, {@code scalar} or {@code vector}
 * @param threads 0 for as many as there are processors
 * @param contextLength the longest conversation, prompt and reply together; 0 for the model's own
 * @param cacheBytes memory for the keys and values of all requests together; 0 for half of the heap
 * @param maxRunning requests that run at a time; others wait
 */
public record LoadOptions(String kernels, int threads, int contextLength, long cacheBytes, int maxRunning) {
    public LoadOptions {
        if (contextLength < 0 || cacheBytes < 0) {
            throw new IllegalArgumentException(
                    "context length and cache bytes must be 0 (automatic) or more, got %d and %d"
                            .formatted(contextLength, cacheBytes));
        }
    }

    public static LoadOptions defaults() {
        return new LoadOptions("auto", 0, 0, 0, 64);
    }
}
