package dev.vesper.llm;

import dev.vesper.llm.arch.Model;
import dev.vesper.llm.arch.ModelShape;
import dev.vesper.llm.layer.Batch;
import dev.vesper.llm.layer.KvCache;
import dev.vesper.tensor.Format;
import dev.vesper.tensor.Tensor;
import dev.vesper.tensor.op.Ops;
import dev.vesper.tensor.op.Span;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** How likely a model finds given tokens. One thread at a time. */
public final class Scorer {
    private static final int CHUNK = 512;

    /** Rows of logits that exist at a time where they are asked for. */
    private static final int LOGITS_CHUNK = 64;

    private final Model model;
    private final Ops ops;
    private final KvCache.Layout layout;

    public Scorer(Model model, Backend backend) {
        this(model, backend, Format.F32);
    }

    /** @param cacheFormat what keys and values are kept in: F32, F16 or Q8_0 */
    public Scorer(Model model, Backend backend, Format cacheFormat) {
        this.model = model;
        this.layout = KvCache.Layout.of(cacheFormat, model.shape().layers(), model.shape().attention());
        this.ops = backend.inference();
    }

    /** Receives logits, row by row. */
    @FunctionalInterface
    public interface LogitsSink {
        /** Takes the logits after one token: the first {@code vocabulary} floats from {@code offset} on. */
        void row(float[] logits, int offset, int vocabulary);
    }

    /**
     * The negative log-likelihood, in nats, of each token but the first, given those before it.
     *
     * @param tokens 2 or more, at most as many as the model's context
     */
    public double[] losses(int[] tokens) {
        double[] losses = new double[tokens.length - 1];
        KvCache cache = cache(tokens.length - 1);
        for (int from = 0; from < losses.length; from += CHUNK) {
            int to = Math.min(from + CHUNK, losses.length);
            ops.begin();
            Tensor hidden = model.hidden(ops, batch(tokens, from, to, cache));
            double[] some = new double[to - from];
            model.loss(ops, hidden, Arrays.copyOfRange(tokens, from + 1, to + 1), some);
            System.arraycopy(some, 0, losses, from, some.length);
        }
        return losses;
    }

    /** Hands out the logits after each token. */
    public void logits(int[] tokens, LogitsSink sink) {
        KvCache cache = cache(tokens.length);
        int vocabulary = model.shape().vocabulary();
        for (int from = 0; from < tokens.length; from += LOGITS_CHUNK) {
            int to = Math.min(from + LOGITS_CHUNK, tokens.length);
            ops.begin();
            Tensor logits = model.logits(ops, model.hidden(ops, batch(tokens, from, to, cache)));
            for (int row = 0; row < to - from; row++) {
                sink.row(logits.data(), row * vocabulary, vocabulary);
            }
        }
    }

    private KvCache cache(int positions) {
        ModelShape shape = model.shape();
        if (positions < 1 || positions > shape.contextLength()) {
            throw new IllegalArgumentException("expected a text of up to %d tokens, the model's context, got %d"
                    .formatted(shape.contextLength(), positions));
        }
        KvCache cache = new KvCache(layout, positions);
        while (cache.capacity() < positions) {
            cache.addPage(layout.page());
        }
        return cache;
    }

    private static Batch batch(int[] tokens, int from, int to, KvCache cache) {
        return new Batch(
                Arrays.copyOfRange(tokens, from, to),
                List.of(new Span(0, to - from, from, cache)),
                IntStream.range(0, to - from).toArray());
    }
}
