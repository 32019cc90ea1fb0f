package dev.vesper.tensor.quant;

/**
 * The 16 unevenly spaced values of {@code IQ4_NL} and {@code IQ4_XS}, closer to each other near zero, where most weights
 * are; and the scale of a run of elements {@code x ≈ scale · VALUES[q]} for the smallest weighted square error that a
 * search finds, in the manner of {@link SymmetricFit}.
 */
final class TableFit {
    static final byte[] VALUES = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};
    /** Units of the table that the largest element is moved by, at most, to either side. */
    private static final int REACH = 7;

    private TableFit() {}

    /** @param weights of as many elements as the run has */
    static double scale(float[] in, int at, double[] weights) {
        double largest = SymmetricFit.largest(in, at, weights.length);
        if (largest == 0) {
            return 0;
        }
        double best = -1;
        double scale = 0;
        for (int end : new int[] {VALUES[0], VALUES[15]}) {
            for (int k = -REACH; k <= REACH; k++) {
                double inverse = (end + k) / largest;
                double products = 0;
                double squares = 0;
                for (int i = 0; i < weights.length; i++) {
                    double value = VALUES[nearest(in[at + i] * inverse)];
                    products += weights[i] * in[at + i] * value;
                    squares += weights[i] * value * value;
                }
                if (products * products > best * squares) {
                    best = products * products / squares;
                    scale = products / squares;
                }
            }
        }
        return scale;
    }

    static double error(float[] in, int at, double[] weights, float scale) {
        double inverse = SymmetricFit.inverse(scale);
        double error = 0;
        for (int i = 0; i < weights.length; i++) {
            double difference = scale * VALUES[nearest(in[at + i] * inverse)] - in[at + i];
            error += weights[i] * difference * difference;
        }
        return error;
    }

    /** The place of the value nearest to {@code x}, the lower one if two are. */
    static int nearest(double x) {
        int low = 0;
        int high = 15;
        while (low < high) {
            int middle = low + high >>> 1;
            if (x > (VALUES[middle] + VALUES[middle + 1]) / 2.0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
