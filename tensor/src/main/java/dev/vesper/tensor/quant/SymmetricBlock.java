package dev.vesper.tensor.quant;

import dev.vesper.tensor.Format;

/**
 * A block of 256 elements being encoded as 16 runs with a signed scale each: {@code x ≈ d · scale · q}, d in float16.
 *
 * <p>Each run is fitted for itself; the scale of largest magnitude becomes the lowest number there is for a scale, which
 * gives d; then each rounded scale and its neighbours are compared by the error that is left.
 */
final class SymmetricBlock {
    private static final int RUNS = 16;
    private static final int SIZE = 16;

    private final Format format;
    private final int scaleLimit;
    private final int limit;
    private final double[][] weights = new double[RUNS][SIZE];

    final int[] scales = new int[RUNS];
    /** The q of all elements, in order. */
    final int[] q = new int[RUNS * SIZE];

    short d;

    /**
     * @param scaleLimit rounded scales go from {@code -scaleLimit} to {@code scaleLimit - 1}
     * @param limit q goes from {@code -limit} to {@code limit - 1}
     */
    SymmetricBlock(Format format, int scaleLimit, int limit) {
        this.format = format;
        this.scaleLimit = scaleLimit;
        this.limit = limit;
    }

    void encode(float[] in, int at, float[] importance, int importanceAt) {
        double variance = 2 * ElementWeights.meanSquare(in, at, RUNS * SIZE);
        double[] scale = new double[RUNS];
        double largest = 0;
        for (int run = 0; run < RUNS; run++) {
            int from = run * SIZE;
            ElementWeights.fill(in, at + from, SIZE, importance, importanceAt + from, variance, weights[run]);
            scale[run] = SymmetricFit.scale(in, at + from, weights[run], limit);
            if (Math.abs(scale[run]) > Math.abs(largest)) {
                largest = scale[run];
            }
        }
        d = Bytes.scale(format, (float) (largest / -scaleLimit), at);
        double inverse = SymmetricFit.inverse(Float.float16ToFloat(d));
        for (int run = 0; run < RUNS; run++) {
            scales[run] = (int) SymmetricFit.quantum((float) scale[run], inverse, scaleLimit);
            improve(in, at + run * SIZE, run);
            round(in, at + run * SIZE, run);
        }
    }

    /** Takes the best of the rounded scale and its neighbours. */
    private void improve(float[] in, int at, int run) {
        int scale = scales[run];
        double least = error(in, at, run, scale);
        for (int s = Math.max(-scaleLimit, scale - 1); s <= Math.min(scaleLimit - 1, scale + 1); s++) {
            double error = error(in, at, run, s);
            if (error < least) {
                least = error;
                scales[run] = s;
            }
        }
    }

    private double error(float[] in, int at, int run, int scale) {
        return SymmetricFit.error(in, at, weights[run], limit, Float.float16ToFloat(d) * scale);
    }

    private void round(float[] in, int at, int run) {
        double inverse = SymmetricFit.inverse(Float.float16ToFloat(d) * scales[run]);
        for (int i = 0; i < SIZE; i++) {
            q[run * SIZE + i] = (int) SymmetricFit.quantum(in[at + i], inverse, limit);
        }
    }
}
