package dev.vesper.tensor.quant;

/**
 * A block of 256 elements as points of a lattice of -1, 0 and 1, all elements of some neighbouring points moved up or
 * down by an eighth.
 */
final class ShiftedPoints implements LatticeFit.Rounding {
    static final float SHIFT = 0.125f;
    private static final int BLOCK = 256;

    private final Lattice lattice;
    private final Lattice.Search search;
    private final int run;
    private final int moved;
    private final double[] values = new double[BLOCK];
    private final double[] weights = new double[BLOCK];
    private final int[] points;
    private final int[] candidates;
    private final boolean[] down;

    /**
     * @param run elements that share a scale
     * @param moved elements that are moved together, a part of a run
     */
    ShiftedPoints(Lattice lattice, int run, int moved) {
        this.lattice = lattice;
        this.search = lattice.new Search();
        this.run = run;
        this.moved = moved;
        this.points = new int[BLOCK / lattice.width()];
        this.candidates = new int[moved / lattice.width()];
        this.down = new boolean[BLOCK / moved];
    }

    /** Begins a block. */
    void take(float[] in, int at, float[] importance, int importanceAt) {
        ElementWeights.fillRuns(in, at, BLOCK, run, importance, importanceAt, weights);
        for (int i = 0; i < BLOCK; i++) {
            values[i] = in[at + i];
        }
    }

    @Override
    public double largest(int index) {
        double largest = 0;
        for (int i = index * run; i < (index + 1) * run; i++) {
            largest = Math.max(largest, Math.abs(values[i]));
        }
        return largest;
    }

    @Override
    public void round(int index, double scale, LatticeFit.Sums sums) {
        sums.error = 0;
        sums.products = 0;
        sums.squares = 0;
        for (int at = index * run; at < (index + 1) * run; at += moved) {
            double up = nearest(at, scale, SHIFT);
            System.arraycopy(candidates, 0, points, at / lattice.width(), candidates.length);
            double lower = nearest(at, scale, -SHIFT);
            down[at / moved] = lower < up;
            if (lower < up) {
                System.arraycopy(candidates, 0, points, at / lattice.width(), candidates.length);
            }
            sums.error += Math.min(up, lower);
            add(at, sums);
        }
    }

    private double nearest(int at, double scale, double shift) {
        double error = 0;
        for (int i = 0; i < candidates.length; i++) {
            candidates[i] = search.nearest(values, weights, at + i * lattice.width(), scale, shift);
            error += search.cost();
        }
        return error;
    }

    private void add(int at, LatticeFit.Sums sums) {
        double shift = down[at / moved] ? -SHIFT : SHIFT;
        for (int i = at; i < at + moved; i++) {
            double q = lattice.value(points[i / lattice.width()], i % lattice.width()) + shift;
            sums.products += weights[i] * values[i] * q;
            sums.squares += weights[i] * q * q;
        }
    }

    /** The point of the elements from {@code width · index} on. */
    int point(int index) {
        return points[index];
    }

    /** Whether some elements that are moved together are moved down, by their place among all such. */
    boolean isDown(int index) {
        return down[index];
    }
}
