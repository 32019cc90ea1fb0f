package dev.vesper.tensor.quant;

/**
 * A block of 256 elements as points of a lattice for the magnitudes and a byte of signs for each eight elements, the
 * lowest bit for the first.
 *
 * <p>Where only seven of the signs are stored, the number of minus signs is even. If it is not, the element that
 * matters least takes the other sign: its magnitude counts as negative from there on, so it comes to lie at the
 * smallest level.
 */
final class SignedPoints implements LatticeFit.Rounding {
    private static final int BLOCK = 256;
    private static final int SIGNED = 8;

    private final Lattice lattice;
    private final Lattice.Search search;
    private final int run;
    private final boolean even;
    private final double[] magnitudes = new double[BLOCK];
    private final double[] weights = new double[BLOCK];
    private final int[] signs = new int[BLOCK / SIGNED];
    private final int[] points;

    /**
     * @param run elements that share a scale
     * @param even whether the number of minus signs among eight has to be even
     */
    SignedPoints(Lattice lattice, int run, boolean even) {
        this.lattice = lattice;
        this.search = lattice.new Search();
        this.run = run;
        this.even = even;
        this.points = new int[BLOCK / lattice.width()];
    }

    /** The eight signs that stand in seven bits: the last makes the number of minus signs even. */
    static int signs(int seven) {
        return seven | (Integer.bitCount(seven) & 1) << 7;
    }

    /** Begins a block. */
    void take(float[] in, int at, float[] importance, int importanceAt) {
        ElementWeights.fillRuns(in, at, BLOCK, run, importance, importanceAt, weights);
        for (int group = 0; group < signs.length; group++) {
            int from = group * SIGNED;
            signs[group] = 0;
            int least = from;
            for (int i = from; i < from + SIGNED; i++) {
                signs[group] |= in[at + i] < 0 ? 1 << i - from : 0;
                magnitudes[i] = Math.abs(in[at + i]);
                least = weights[i] * magnitudes[i] < weights[least] * magnitudes[least] ? i : least;
            }
            if (even && Integer.bitCount(signs[group]) % 2 != 0) {
                signs[group] ^= 1 << least - from;
                magnitudes[least] = -magnitudes[least];
            }
        }
    }

    @Override
    public double largest(int index) {
        double largest = 0;
        for (int i = index * run; i < (index + 1) * run; i++) {
            largest = Math.max(largest, Math.abs(magnitudes[i]));
        }
        return largest;
    }

    @Override
    public void round(int index, double scale, LatticeFit.Sums sums) {
        sums.error = 0;
        sums.products = 0;
        sums.squares = 0;
        int width = lattice.width();
        for (int at = index * run; at < (index + 1) * run; at += width) {
            int point = search.nearest(magnitudes, weights, at, scale, 0);
            points[at / width] = point;
            sums.error += search.cost();
            for (int i = 0; i < width; i++) {
                double q = lattice.value(point, i);
                sums.products += weights[at + i] * magnitudes[at + i] * q;
                sums.squares += weights[at + i] * q * q;
            }
        }
    }

    /** The point of some elements, by their place among all that a point stands for. */
    int point(int index) {
        return points[index];
    }

    /** The signs of the eight elements from {@code 8 · group} on. */
    int signsOf(int group) {
        return signs[group];
    }
}
