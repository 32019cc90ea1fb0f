package dev.vesper.llm.engine;

import dev.vesper.llm.arch.Model;
import dev.vesper.llm.arch.ModelShape;
import dev.vesper.llm.layer.Batch;
import dev.vesper.tensor.AttentionShape;
import dev.vesper.tensor.KeyValues;
import dev.vesper.tensor.Tensor;
import dev.vesper.tensor.op.Ops;
import dev.vesper.tensor.op.Span;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;

/**
 * A model without weights: it stores the tokens themselves as keys, and the next token is a function of all of them as
 * it finds them in the cache, so that a wrong page, position or neighbour shows in the result.
 */
final class ScriptedModel implements Model {
    static final int VOCABULARY = 101;
    static final ModelShape SHAPE =
            new ModelShape("scripted", 2, 1, 1, VOCABULARY, 1 << 20, new AttentionShape(2, 1, 2, 1));
    private static final int MODULUS = 9973;

    private final int salt;
    private final Consumer<Batch> before;
    /** What it was asked, in order. */
    final List<Batch> batches = Collections.synchronizedList(new ArrayList<>());

    ScriptedModel(int salt) {
        this(salt, batch -> {});
    }

    /** @param before runs at the start of each pass, and may wait or throw */
    ScriptedModel(int salt, Consumer<Batch> before) {
        this.salt = salt;
        this.before = before;
    }

    /** What it must generate. */
    List<Integer> continuation(int[] prompt, int tokens) {
        int[] all = Arrays.copyOf(prompt, prompt.length + tokens);
        for (int length = prompt.length; length < all.length; length++) {
            int state = salt;
            for (int i = 0; i < length; i++) {
                state = state(state, all[i]);
            }
            all[length] = state % VOCABULARY;
        }
        return Arrays.stream(all).skip(prompt.length).boxed().toList();
    }

    private static int state(int state, int token) {
        return (state * 31 + token + 1) % MODULUS;
    }

    @Override
    public ModelShape shape() {
        return SHAPE;
    }

    @Override
    public Tensor hidden(Ops ops, Batch batch) {
        batches.add(batch);
        before.accept(batch);
        float[] states = new float[batch.tokens().length];
        for (Span span : batch.spans()) {
            KeyValues.Floats cache = (KeyValues.Floats) span.cache().layer(1);
            for (int i = 0; i < span.rows(); i++) {
                page(cache, span.position() + i)[at(cache, span.position() + i)] = batch.tokens()[span.row() + i];
            }
            int state = salt;
            for (int position = 0; position < span.position() + span.rows(); position++) {
                state = state(state, (int) page(cache, position)[at(cache, position)]);
                if (position >= span.position()) {
                    states[span.row() + position - span.position()] = state;
                }
            }
        }
        Tensor hidden = Tensor.zeros(batch.wanted().length, 1);
        for (int i = 0; i < batch.wanted().length; i++) {
            hidden.data()[i] = states[batch.wanted()[i]];
        }
        return hidden;
    }

    private static float[] page(KeyValues.Floats cache, int position) {
        return cache.keys()[position / cache.pageRows()];
    }

    private static int at(KeyValues.Floats cache, int position) {
        return cache.keyOffset() + position % cache.pageRows() * cache.stride();
    }

    @Override
    public Tensor logits(Ops ops, Tensor hidden) {
        Tensor logits = Tensor.zeros(hidden.rows(), VOCABULARY);
        for (int i = 0; i < hidden.rows(); i++) {
            logits.data()[i * VOCABULARY + (int) hidden.data()[i] % VOCABULARY] = 1;
        }
        return logits;
    }

    @Override
    public double loss(Ops ops, Tensor hidden, int[] targets, float[] weights, double[] losses) {
        throw new UnsupportedOperationException("the engine computes no losses");
    }
}
