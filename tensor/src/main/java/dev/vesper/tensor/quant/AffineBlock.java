package dev.vesper.tensor.quant;

import dev.vesper.tensor.Format;

/**
 * A block of 256 elements being encoded as runs with a scale and a minimum each: {@code x ≈ d · scale · q − dMin ·
 * minimum}. Scales and minima are small unsigned numbers, d and dMin are float16.
 *
 * <p>Each run is fitted for itself, which gives d and dMin; then the rounded scale and minimum of each run and their
 * neighbours are compared by the error that is left.
 */
final class AffineBlock {
    private final Format format;
    private final int runs;
    private final int size;
    private final int maximum;
    private final int levels;
    private final double[][] weights;
    private final AffineFit fit;

    final int[] scales;
    final int[] minima;
    /** The q of all elements, in order. */
    final int[] q = new int[256];

    short d;
    short dMin;

    /**
     * @param runs that a block is divided into
     * @param maximum the largest rounded scale and minimum
     * @param levels the largest q
     */
    AffineBlock(Format format, int runs, int maximum, int levels) {
        this.format = format;
        this.runs = runs;
        this.size = 256 / runs;
        this.maximum = maximum;
        this.levels = levels;
        this.weights = new double[runs][size];
        this.fit = new AffineFit(levels, false);
        this.scales = new int[runs];
        this.minima = new int[runs];
    }

    void encode(float[] in, int at, float[] importance, int importanceAt) {
        double variance = 2 * ElementWeights.meanSquare(in, at, 256);
        double[] scale = new double[runs];
        double[] minus = new double[runs];
        double largestScale = 0;
        double largestMinus = 0;
        for (int run = 0; run < runs; run++) {
            int from = run * size;
            ElementWeights.fill(in, at + from, size, importance, importanceAt + from, variance, weights[run]);
            fit.fit(in, at + from, weights[run]);
            scale[run] = fit.scale();
            minus[run] = -fit.minimum();
            largestScale = Math.max(largestScale, scale[run]);
            largestMinus = Math.max(largestMinus, minus[run]);
        }
        d = Bytes.scale(format, (float) (largestScale / maximum), at);
        dMin = Bytes.scale(format, (float) (largestMinus / maximum), at);
        for (int run = 0; run < runs; run++) {
            scales[run] = rounded(scale[run], Float.float16ToFloat(d));
            minima[run] = rounded(minus[run], Float.float16ToFloat(dMin));
            improve(in, at + run * size, run);
            round(in, at + run * size, run);
        }
    }

    private int rounded(double value, float unit) {
        return (int) Math.clamp(Math.rint(value * SymmetricFit.inverse(unit)), 0, maximum);
    }

    /** Takes the best of the rounded scale and minimum and their neighbours. */
    private void improve(float[] in, int at, int run) {
        int scale = scales[run];
        int minimum = minima[run];
        double least = error(in, at, run, scale, minimum);
        for (int s = Math.max(0, scale - 1); s <= Math.min(maximum, scale + 1); s++) {
            for (int m = Math.max(0, minimum - 1); m <= Math.min(maximum, minimum + 1); m++) {
                double error = error(in, at, run, s, m);
                if (error < least) {
                    least = error;
                    scales[run] = s;
                    minima[run] = m;
                }
            }
        }
    }

    private double error(float[] in, int at, int run, int scale, int minimum) {
        return AffineFit.error(
                in, at, weights[run], levels, Float.float16ToFloat(d) * scale, Float.float16ToFloat(dMin) * minimum);
    }

    private void round(float[] in, int at, int run) {
        double inverse = SymmetricFit.inverse(Float.float16ToFloat(d) * scales[run]);
        double minus = Float.float16ToFloat(dMin) * minima[run];
        for (int i = 0; i < size; i++) {
            q[run * size + i] = (int) AffineFit.quantum(in[at + i] + minus, inverse, levels);
        }
    }
}
