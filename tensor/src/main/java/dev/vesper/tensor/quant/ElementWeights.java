package dev.vesper.tensor.quant;

/**
 * How much a squared error of each element of a run counts when its scale is searched for.
 *
 * <p>Large elements count more than small ones: they move the outputs more where inputs are unknown. With importance (the
 * mean square of each input, say), it is {@code importance · sqrt(σ² + x²)}, as in the quantisers of ggml.
 */
final class ElementWeights {
    /** Added to each importance, as a share of the mean: with one element alone there would be nothing to fit. */
    private static final double FLOOR = 1e-3;

    private ElementWeights() {}

    /** The weights of a block that is one run. */
    static double[] of(float[] in, int at, int count, float[] importance, int importanceAt) {
        double[] weights = new double[count];
        fill(in, at, count, importance, importanceAt, 2 * meanSquare(in, at, count), weights);
        return weights;
    }

    static double meanSquare(float[] in, int at, int count) {
        double sum = 0;
        for (int i = at; i < at + count; i++) {
            sum += (double) in[i] * in[i];
        }
        return sum / count;
    }

    /** @param variance σ², twice the mean square of the block that the run is a part of */
    static void fill(
            float[] in, int at, int count, float[] importance, int importanceAt, double variance, double[] weights) {
        double sum = 0;
        for (int i = 0; i < count && importance.length > 0; i++) {
            sum += importance[importanceAt + i];
        }
        for (int i = 0; i < count && sum > 0; i++) {
            double x = in[at + i];
            weights[i] = (importance[importanceAt + i] + FLOOR * sum / count) * Math.sqrt(variance + x * x);
        }
        // a run that nothing depends on is rounded as if nothing were known of it
        if (sum == 0) {
            double deviation = Math.sqrt(variance / 2);
            for (int i = 0; i < count; i++) {
                weights[i] = deviation + Math.abs(in[at + i]);
            }
        }
    }

    /** The weights of a block of several runs. */
    static void fillRuns(
            float[] in, int at, int count, int run, float[] importance, int importanceAt, double[] weights) {
        double variance = 2 * meanSquare(in, at, count);
        double[] ofRun = new double[run];
        for (int from = 0; from < count; from += run) {
            fill(in, at + from, run, importance, importanceAt + from, variance, ofRun);
            System.arraycopy(ofRun, 0, weights, from, run);
        }
    }
}
