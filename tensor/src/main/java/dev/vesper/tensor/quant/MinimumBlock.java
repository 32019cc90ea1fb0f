package dev.vesper.tensor.quant;

import dev.vesper.tensor.Format;

/** A block of 32 elements being encoded with one scale and one minimum in float16: {@code x ≈ scale · q + minimum}. */
final class MinimumBlock {
    private static final int SIZE = 32;

    private final Format format;
    private final int levels;
    private final AffineFit fit;

    final int[] q = new int[SIZE];

    short scale;
    short minimum;

    /** @param levels the largest q */
    MinimumBlock(Format format, int levels) {
        this.format = format;
        this.levels = levels;
        this.fit = new AffineFit(levels, true);
    }

    void encode(float[] in, int at, float[] importance, int importanceAt) {
        float low = in[at];
        float high = in[at];
        for (int i = at; i < at + SIZE; i++) {
            low = Math.min(low, in[i]);
            high = Math.max(high, in[i]);
        }
        float step = (high - low) / levels;
        float inverse = step == 0 ? 0 : 1 / step;
        if (importance.length > 0) {
            fit.fit(in, at, ElementWeights.of(in, at, SIZE, importance, importanceAt));
            low = (float) fit.minimum();
            step = (float) fit.scale();
            inverse = (float) SymmetricFit.inverse(step);
        }
        scale = Bytes.scale(format, step, at);
        minimum = Bytes.scale(format, low, at);
        for (int i = 0; i < SIZE; i++) {
            q[i] = Math.clamp((int) ((in[at + i] - low) * inverse + 0.5f), 0, levels);
        }
    }
}
