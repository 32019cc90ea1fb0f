package dev.vesper.tensor.quant;

/**
 * The scale of a run of elements {@code x ≈ scale · q}, with q from {@code -limit} to {@code limit - 1}, for the smallest
 * weighted square error that a search finds.
 *
 * <p>For given q the best scale is {@code Σwxq / Σwq²}, and it takes {@code (Σwxq)² / Σwq²} off the error. So q that are
 * the roundings for scales around the one that puts the element of largest magnitude at {@code -limit} are tried.
 */
final class SymmetricFit {
    /** Tenths of a step that the largest element is moved by, at most, to either side. */
    private static final int TENTHS = 9;

    private SymmetricFit() {}

    /** The element of largest magnitude with its sign, the first of them if several. */
    static float largest(float[] in, int at, int count) {
        float largest = 0;
        for (int i = at; i < at + count; i++) {
            if (Math.abs(in[i]) > Math.abs(largest)) {
                largest = in[i];
            }
        }
        return largest;
    }

    /** @param weights of as many elements as the run has */
    static double scale(float[] in, int at, double[] weights, int limit) {
        double largest = largest(in, at, weights.length);
        if (largest == 0) {
            return 0;
        }
        double best = -1;
        double scale = 0;
        for (int tenth = -TENTHS; tenth <= TENTHS; tenth++) {
            double inverse = -(limit + 0.1 * tenth) / largest;
            double products = 0;
            double squares = 0;
            for (int i = 0; i < weights.length; i++) {
                double q = quantum(in[at + i], inverse, limit);
                products += weights[i] * in[at + i] * q;
                squares += weights[i] * q * q;
            }
            if (squares > 0 && products * products > best * squares) {
                best = products * products / squares;
                scale = products / squares;
            }
        }
        return scale;
    }

    static double error(float[] in, int at, double[] weights, int limit, float scale) {
        double inverse = inverse(scale);
        double error = 0;
        for (int i = 0; i < weights.length; i++) {
            double difference = scale * quantum(in[at + i], inverse, limit) - in[at + i];
            error += weights[i] * difference * difference;
        }
        return error;
    }

    static double inverse(float scale) {
        return scale == 0 ? 0 : 1.0 / scale;
    }

    static double quantum(float x, double inverse, int limit) {
        return Math.clamp(Math.rint(x * inverse), -limit, limit - 1);
    }
}
