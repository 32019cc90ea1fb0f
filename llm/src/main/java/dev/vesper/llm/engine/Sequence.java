package dev.vesper.llm.engine;

import dev.vesper.llm.arch.Model;
import dev.vesper.llm.layer.KvCache;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** One request on its way. Only the engine's thread touches it, except {@link #cancel()}. */
public final class Sequence {
    private final GenerationRequest request;
    private final TokenListener listener;
    private final Sampler sampler;
    private final int[] endTokens;
    private final int limit;
    private int[] tokens;
    private int length;
    private int processed;
    private volatile boolean cancelled;
    private @Nullable KvCache cache;

    /** @param limit the longest it may become, prompt included */
    Sequence(GenerationRequest request, TokenListener listener, int limit) {
        this.request = request;
        this.listener = listener;
        this.limit = limit;
        this.sampler = new Sampler(request.sampling());
        this.endTokens = request.endTokens().stream().mapToInt(token -> token).toArray();
        this.tokens = request.prompt().clone();
        this.length = tokens.length;
        for (int token : tokens) {
            sampler.observe(token);
        }
    }

    /** Asks for an early end; from any thread, at any time. */
    public void cancel() {
        cancelled = true;
    }

    boolean cancelled() {
        return cancelled;
    }

    Model model() {
        return request.model();
    }

    TokenListener listener() {
        return listener;
    }

    /** The longest it may become, in tokens. */
    int limit() {
        return limit;
    }

    /** Tokens whose keys and values are not in the cache yet. */
    int pending() {
        return length - processed;
    }

    /** Tokens whose keys and values are in the cache. */
    int processed() {
        return processed;
    }

    /** The next {@code count} unprocessed tokens. */
    void copyPending(int count, int[] target, int offset) {
        System.arraycopy(tokens, processed, target, offset, count);
    }

    void advance(int count) {
        processed += count;
    }

    KvCache cache() {
        if (cache == null) {
            throw new IllegalStateException("a sequence that was not admitted has no cache");
        }
        return cache;
    }

    void cache(@Nullable KvCache newCache) {
        cache = newCache;
    }

    boolean admitted() {
        return cache != null;
    }

    /** Takes the next token from its logits. @return why it ends, or null if it goes on */
    @Nullable
    FinishReason accept(float[] logits, int offset, int vocabulary) {
        if (cancelled) {
            return FinishReason.CANCELLED;
        }
        int token = sampler.next(logits, offset, vocabulary);
        if (ends(token)) {
            return FinishReason.STOP;
        }
        if (length == tokens.length) {
            tokens = Arrays.copyOf(tokens, Math.min(limit, 2 * length + 16));
        }
        tokens[length++] = token;
        if (!listener.token(token)) {
            return FinishReason.STOP;
        }
        return length >= limit ? FinishReason.LENGTH : null;
    }

    private boolean ends(int token) {
        for (int end : endTokens) {
            if (token == end) {
                return true;
            }
        }
        return false;
    }
}
