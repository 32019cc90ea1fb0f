package dev.vesper.tensor.quant;

import java.util.Arrays;

/**
 * A codebook made ready: its points as floats, and the search for the one nearest to some elements.
 *
 * <p>The search is exact. The cost of a point is the sum of the costs of its halves, and there are only as many halves
 * as levels to the power of half the width, 81 or 64: theirs are computed once, which leaves two look-ups for each
 * point.
 */
final class Lattice {
    private final int width;
    private final double[] levels;
    private final float[] values;
    private final int halves;
    private final short[] lefts;
    private final short[] rights;
    /** The point of these two halves, -1 where there is none. */
    private final short[] points;

    private Lattice(int width, double[] levels, float[] values, int halves) {
        this.width = width;
        this.levels = levels;
        this.values = values;
        this.halves = halves;
        this.lefts = new short[values.length / width];
        this.rights = new short[values.length / width];
        this.points = new short[halves * halves];
    }

    static Lattice of(Codebook codebook) {
        CodebookTable table = codebook.table();
        byte[] bytes = codebook.bytes();
        byte[] ranks = table.ranks();
        float[] values = new float[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            values[i] = bytes[i];
        }
        int[] levels = table.levels();
        int half = table.width() / 2;
        int halves = (int) Math.pow(levels.length, half);
        Lattice lattice = new Lattice(
                table.width(), Arrays.stream(levels).asDoubleStream().toArray(), values, halves);
        Arrays.fill(lattice.points, (short) -1);
        for (int point = 0; point < table.points(); point++) {
            int at = point * table.width();
            int left = 0;
            int right = 0;
            for (int i = 0; i < half; i++) {
                left = left * levels.length + ranks[bytes[at + i] & 0xFF];
                right = right * levels.length + ranks[bytes[at + half + i] & 0xFF];
            }
            lattice.lefts[point] = (short) left;
            lattice.rights[point] = (short) right;
            lattice.points[left * halves + right] = (short) point;
        }
        return lattice;
    }

    /** Elements of a point. */
    int width() {
        return width;
    }

    /** An element of a point. */
    float value(int point, int i) {
        return values[point * width + i];
    }

    /**
     * Writes {@code scale · value} for a point, negative where the bit of {@code signs} is set, the lowest for the
     * first.
     */
    void put(int point, float scale, int signs, float[] out, int to) {
        int from = point * width;
        for (int i = 0; i < width; i++) {
            // Signs are as good as random: a branch on each would be foreseen half of the time.
            int sign = signs << Integer.SIZE - 1 - i & Integer.MIN_VALUE;
            out[to + i] = Float.intBitsToFloat(Float.floatToRawIntBits(scale * values[from + i]) ^ sign);
        }
    }

    /** Writes {@code scale · (value + shift)} for a point. */
    void putShifted(int point, float scale, float shift, float[] out, int to) {
        int from = point * width;
        for (int i = 0; i < width; i++) {
            out[to + i] = scale * (values[from + i] + shift);
        }
    }

    /** Finds nearest points, one at a time; holds room for that, so each thread takes its own. */
    final class Search {
        private final double[] left = new double[halves];
        private final double[] right = new double[halves];
        private double cost;

        /**
         * The point p with the least {@code Σ w (x - scale · (p + shift))²} over {@link #width()} elements from {@code
         * at} on; of several always the same one.
         */
        int nearest(double[] x, double[] weights, int at, double scale, double shift) {
            fill(left, x, weights, at, scale, shift);
            fill(right, x, weights, at + width / 2, scale, shift);
            int bestLeft = least(left);
            int bestRight = least(right);
            int point = points[bestLeft * halves + bestRight];
            if (point >= 0) {
                cost = left[bestLeft] + right[bestRight];
                return point;
            }
            int best = 0;
            double lowest = Double.POSITIVE_INFINITY;
            for (int i = 0; i < lefts.length; i++) {
                double sum = left[lefts[i]] + right[rights[i]];
                if (sum < lowest) {
                    lowest = sum;
                    best = i;
                }
            }
            cost = lowest;
            return best;
        }

        /** What the point found last leaves of the weighted square error. */
        double cost() {
            return cost;
        }

        /** Each step puts one more element behind all combinations of those before, the last combination first. */
        private void fill(double[] costs, double[] x, double[] weights, int at, double scale, double shift) {
            int filled = 1;
            costs[0] = 0;
            for (int i = at; i < at + width / 2; i++) {
                for (int c = filled - 1; c >= 0; c--) {
                    double before = costs[c];
                    for (int k = levels.length - 1; k >= 0; k--) {
                        double difference = x[i] - scale * (levels[k] + shift);
                        costs[c * levels.length + k] = before + weights[i] * difference * difference;
                    }
                }
                filled *= levels.length;
            }
        }

        private static int least(double[] costs) {
            int least = 0;
            for (int i = 1; i < costs.length; i++) {
                least = costs[i] < costs[least] ? i : least;
            }
            return least;
        }
    }
}
