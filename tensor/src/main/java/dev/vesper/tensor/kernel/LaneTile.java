package dev.vesper.tensor.kernel;

import jdk.incubator.vector.FloatVector;

/**
 * The register tile of {@link TransposedMultiply}: what {@link #LANES} lanes of dot products add up, for some tokens and
 * {@link #ROWS} rows of a weight, with the rows along the vector. The products of a lane are added in the order in which
 * {@link DotTile} adds them, so the bits are the same, and no lanes are left to be summed across. Written out, as
 * {@link DotTile} says why.
 */
final class LaneTile {
    static final int TOKENS = 3;
    static final int ROWS = 2 * Lanes.COUNT;
    /** Lanes of a pass: one of each quarter of a vector. */
    static final int LANES = 4;
    /** From a lane of a pass to the next. */
    static final int DISTANCE = Lanes.COUNT / LANES;

    private LaneTile() {}

    /**
     * Writes for each token the sum of its four lanes, {@code (0 + 2) + (1 + 3)}, for all rows.
     *
     * @param tokens at most {@link #TOKENS}
     * @param x from the first lane of the pass on
     * @param panel for each vector of the inner dimension and each lane of the pass, {@link #ROWS} rows
     * @param vectors of the inner dimension
     * @param sums {@code [tokens, sumsStride]}
     */
    static void run(
            int tokens, float[] x, int xAt, int xStride, float[] panel, int panelAt, int vectors, float[] sums,
            int sumsAt, int sumsStride) {
        if (tokens == TOKENS) {
            tile3(x, xAt, xStride, panel, panelAt, vectors, sums, sumsAt, sumsStride);
            return;
        }
        for (int token = 0; token < tokens; token++) {
            tile1(x, xAt + token * xStride, panel, panelAt, vectors, sums, sumsAt + token * sumsStride);
        }
    }

    private static void tile3(
            float[] x, int xAt, int xStride, float[] panel, int panelAt, int vectors, float[] sums, int sumsAt,
            int sumsStride) {
        int x1 = xAt + xStride;
        int x2 = x1 + xStride;
        FloatVector a00 = FloatVector.zero(Lanes.FLOAT);
        FloatVector b00 = a00;
        FloatVector a01 = a00;
        FloatVector b01 = a00;
        FloatVector a02 = a00;
        FloatVector b02 = a00;
        FloatVector a03 = a00;
        FloatVector b03 = a00;
        FloatVector a10 = a00;
        FloatVector b10 = a00;
        FloatVector a11 = a00;
        FloatVector b11 = a00;
        FloatVector a12 = a00;
        FloatVector b12 = a00;
        FloatVector a13 = a00;
        FloatVector b13 = a00;
        FloatVector a20 = a00;
        FloatVector b20 = a00;
        FloatVector a21 = a00;
        FloatVector b21 = a00;
        FloatVector a22 = a00;
        FloatVector b22 = a00;
        FloatVector a23 = a00;
        FloatVector b23 = a00;
        for (int j = 0; j < vectors; j++) {
            int at = panelAt + j * (LANES * ROWS);
            int k = j * Lanes.COUNT;
            FloatVector w0 = FloatVector.fromArray(Lanes.FLOAT, panel, at);
            FloatVector w1 = FloatVector.fromArray(Lanes.FLOAT, panel, at + Lanes.COUNT);
            FloatVector v = FloatVector.broadcast(Lanes.FLOAT, x[xAt + k]);
            a00 = v.fma(w0, a00);
            b00 = v.fma(w1, b00);
            v = FloatVector.broadcast(Lanes.FLOAT, x[x1 + k]);
            a10 = v.fma(w0, a10);
            b10 = v.fma(w1, b10);
            v = FloatVector.broadcast(Lanes.FLOAT, x[x2 + k]);
            a20 = v.fma(w0, a20);
            b20 = v.fma(w1, b20);
            w0 = FloatVector.fromArray(Lanes.FLOAT, panel, at + 2 * Lanes.COUNT);
            w1 = FloatVector.fromArray(Lanes.FLOAT, panel, at + 3 * Lanes.COUNT);
            v = FloatVector.broadcast(Lanes.FLOAT, x[xAt + k + DISTANCE]);
            a01 = v.fma(w0, a01);
            b01 = v.fma(w1, b01);
            v = FloatVector.broadcast(Lanes.FLOAT, x[x1 + k + DISTANCE]);
            a11 = v.fma(w0, a11);
            b11 = v.fma(w1, b11);
            v = FloatVector.broadcast(Lanes.FLOAT, x[x2 + k + DISTANCE]);
            a21 = v.fma(w0, a21);
            b21 = v.fma(w1, b21);
            w0 = FloatVector.fromArray(Lanes.FLOAT, panel, at + 4 * Lanes.COUNT);
            w1 = FloatVector.fromArray(Lanes.FLOAT, panel, at + 5 * Lanes.COUNT);
            v = FloatVector.broadcast(Lanes.FLOAT, x[xAt + k + 2 * DISTANCE]);
            a02 = v.fma(w0, a02);
            b02 = v.fma(w1, b02);
            v = FloatVector.broadcast(Lanes.FLOAT, x[x1 + k + 2 * DISTANCE]);
            a12 = v.fma(w0, a12);
            b12 = v.fma(w1, b12);
            v = FloatVector.broadcast(Lanes.FLOAT, x[x2 + k + 2 * DISTANCE]);
            a22 = v.fma(w0, a22);
            b22 = v.fma(w1, b22);
            w0 = FloatVector.fromArray(Lanes.FLOAT, panel, at + 6 * Lanes.COUNT);
            w1 = FloatVector.fromArray(Lanes.FLOAT, panel, at + 7 * Lanes.COUNT);
            v = FloatVector.broadcast(Lanes.FLOAT, x[xAt + k + 3 * DISTANCE]);
            a03 = v.fma(w0, a03);
            b03 = v.fma(w1, b03);
            v = FloatVector.broadcast(Lanes.FLOAT, x[x1 + k + 3 * DISTANCE]);
            a13 = v.fma(w0, a13);
            b13 = v.fma(w1, b13);
            v = FloatVector.broadcast(Lanes.FLOAT, x[x2 + k + 3 * DISTANCE]);
            a23 = v.fma(w0, a23);
            b23 = v.fma(w1, b23);
        }
        int s1 = sumsAt + sumsStride;
        int s2 = s1 + sumsStride;
        a00.add(a02).add(a01.add(a03)).intoArray(sums, sumsAt);
        b00.add(b02).add(b01.add(b03)).intoArray(sums, sumsAt + Lanes.COUNT);
        a10.add(a12).add(a11.add(a13)).intoArray(sums, s1);
        b10.add(b12).add(b11.add(b13)).intoArray(sums, s1 + Lanes.COUNT);
        a20.add(a22).add(a21.add(a23)).intoArray(sums, s2);
        b20.add(b22).add(b21.add(b23)).intoArray(sums, s2 + Lanes.COUNT);
    }

    private static void tile1(
            float[] x, int xAt, float[] panel, int panelAt, int vectors, float[] sums, int sumsAt) {
        FloatVector a0 = FloatVector.zero(Lanes.FLOAT);
        FloatVector b0 = a0;
        FloatVector a1 = a0;
        FloatVector b1 = a0;
        FloatVector a2 = a0;
        FloatVector b2 = a0;
        FloatVector a3 = a0;
        FloatVector b3 = a0;
        for (int j = 0; j < vectors; j++) {
            int at = panelAt + j * (LANES * ROWS);
            int k = xAt + j * Lanes.COUNT;
            FloatVector v = FloatVector.broadcast(Lanes.FLOAT, x[k]);
            a0 = v.fma(FloatVector.fromArray(Lanes.FLOAT, panel, at), a0);
            b0 = v.fma(FloatVector.fromArray(Lanes.FLOAT, panel, at + Lanes.COUNT), b0);
            v = FloatVector.broadcast(Lanes.FLOAT, x[k + DISTANCE]);
            a1 = v.fma(FloatVector.fromArray(Lanes.FLOAT, panel, at + 2 * Lanes.COUNT), a1);
            b1 = v.fma(FloatVector.fromArray(Lanes.FLOAT, panel, at + 3 * Lanes.COUNT), b1);
            v = FloatVector.broadcast(Lanes.FLOAT, x[k + 2 * DISTANCE]);
            a2 = v.fma(FloatVector.fromArray(Lanes.FLOAT, panel, at + 4 * Lanes.COUNT), a2);
            b2 = v.fma(FloatVector.fromArray(Lanes.FLOAT, panel, at + 5 * Lanes.COUNT), b2);
            v = FloatVector.broadcast(Lanes.FLOAT, x[k + 3 * DISTANCE]);
            a3 = v.fma(FloatVector.fromArray(Lanes.FLOAT, panel, at + 6 * Lanes.COUNT), a3);
            b3 = v.fma(FloatVector.fromArray(Lanes.FLOAT, panel, at + 7 * Lanes.COUNT), b3);
        }
        a0.add(a2).add(a1.add(a3)).intoArray(sums, sumsAt);
        b0.add(b2).add(b1.add(b3)).intoArray(sums, sumsAt + Lanes.COUNT);
    }
}
