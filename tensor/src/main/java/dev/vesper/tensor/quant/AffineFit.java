package dev.vesper.tensor.quant;

/**
 * Scale and minimum of a run of elements {@code x ≈ scale · q + minimum}, with q from 0 to {@code levels}, for the
 * smallest weighted square error that a search finds.
 *
 * <p>For given q the best scale and minimum solve two linear equations. So q that are the roundings for ranges somewhat
 * narrower and wider than that of the elements are tried, and the best of them is improved by rounding once more for the
 * scale and minimum it led to.
 */
final class AffineFit {
    private static final int CANDIDATES = 21;
    private static final int IMPROVEMENTS = 2;

    private final int levels;
    private final boolean minimumMayBePositive;
    private double scale;
    private double minimum;
    private double error;

    AffineFit(int levels, boolean minimumMayBePositive) {
        this.levels = levels;
        this.minimumMayBePositive = minimumMayBePositive;
    }

    double scale() {
        return scale;
    }

    double minimum() {
        return minimum;
    }

    /** @param weights of as many elements as the run has */
    void fit(float[] in, int at, double[] weights) {
        double low = minimumMayBePositive ? in[at] : 0;
        double high = in[at];
        for (int i = at; i < at + weights.length; i++) {
            low = Math.min(low, in[i]);
            high = Math.max(high, in[i]);
        }
        scale = (high - low) / levels;
        minimum = low;
        if (high == low) {
            return;
        }
        error = Double.POSITIVE_INFINITY;
        for (int k = 0; k < CANDIDATES; k++) {
            tryRounding(in, at, weights, (levels - 1 + 0.1 * k) / (high - low), low);
        }
        for (int k = 0; k < IMPROVEMENTS && scale > 0; k++) {
            tryRounding(in, at, weights, 1 / scale, minimum);
        }
    }

    /** Keeps the scale and minimum that are best for the q of these, if they are better than what there is. */
    private void tryRounding(float[] in, int at, double[] weights, double inverse, double low) {
        double w = 0;
        double wq = 0;
        double wqq = 0;
        double wx = 0;
        double wxq = 0;
        double wxx = 0;
        for (int i = 0; i < weights.length; i++) {
            double x = in[at + i];
            double q = quantum(x - low, inverse, levels);
            double weight = weights[i];
            w += weight;
            wq += weight * q;
            wqq += weight * q * q;
            wx += weight * x;
            wxq += weight * x * q;
            wxx += weight * x * x;
        }
        double determinant = w * wqq - wq * wq;
        if (!(determinant > 0)) {
            return;
        }
        double s = (w * wxq - wx * wq) / determinant;
        double m = (wqq * wx - wq * wxq) / determinant;
        if (m > 0 && !minimumMayBePositive) {
            m = 0;
            s = wxq / wqq;
        }
        double e = wxx + s * s * wqq + m * m * w - 2 * s * wxq - 2 * m * wx + 2 * s * m * wq;
        if (s > 0 && e < error) {
            error = e;
            scale = s;
            minimum = m;
        }
    }

    /** The weighted square error of {@code scale · q - minus}, with the best q for each element. */
    static double error(float[] in, int at, double[] weights, int levels, float scale, float minus) {
        double inverse = SymmetricFit.inverse(scale);
        double error = 0;
        for (int i = 0; i < weights.length; i++) {
            double above = (double) in[at + i] + minus;
            double difference = scale * quantum(above, inverse, levels) - above;
            error += weights[i] * difference * difference;
        }
        return error;
    }

    static double quantum(double above, double inverse, int levels) {
        return Math.clamp(Math.rint(above * inverse), 0, levels);
    }
}
