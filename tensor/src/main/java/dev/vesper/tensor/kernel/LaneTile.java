package dev.vesper.tensor.kernel;

import jdk.incubator.vector.FloatVector;

/**
 * The register tile of {@link TransposedMultiply}: what one lane of dot products adds up, for some tokens and {@link
 * #ROWS} rows of a weight, with the rows along the vector. The products of a lane are added in the order in which {@link
 * DotTile} adds them, so the bits are the same, and no lanes are left to be summed across. Written out, as {@link
 * DotTile} says why; one lane and not several at a time, because C2 loads all operands of a round first, and those of
 * more lanes do not fit the registers.
 */
final class LaneTile {
    static final int TOKENS = 6;
    static final int ROWS = 4 * Lanes.COUNT;

    private LaneTile() {}

    /**
     * Writes the sum of one lane for each token and row.
     *
     * @param tokens at most {@link #TOKENS}
     * @param x from the lane on; its next element is a vector further
     * @param panel for each element {@link #ROWS} rows
     * @param count elements of the lane
     * @param sums {@code [tokens, sumsStride]}
     */
    static void run(
            int tokens, float[] x, int xAt, int xStride, float[] panel, int panelAt, int count, float[] sums,
            int sumsAt, int sumsStride) {
        if (tokens == TOKENS) {
            tile6(x, xAt, xStride, panel, panelAt, count, sums, sumsAt, sumsStride);
            return;
        }
        for (int token = 0; token < tokens; token++) {
            tile1(x, xAt + token * xStride, panel, panelAt, count, sums, sumsAt + token * sumsStride);
        }
    }

    private static void tile6(
            float[] x, int x0, int xStride, float[] panel, int panelAt, int count, float[] sums, int s0,
            int sumsStride) {
        int x1 = x0 + xStride;
        int x2 = x1 + xStride;
        int x3 = x2 + xStride;
        int x4 = x3 + xStride;
        int x5 = x4 + xStride;
        int s1 = s0 + sumsStride;
        int s2 = s1 + sumsStride;
        int s3 = s2 + sumsStride;
        int s4 = s3 + sumsStride;
        int s5 = s4 + sumsStride;
        FloatVector a00 = FloatVector.zero(Lanes.FLOAT);
        FloatVector a01 = a00;
        FloatVector a02 = a00;
        FloatVector a03 = a00;
        FloatVector a10 = a00;
        FloatVector a11 = a00;
        FloatVector a12 = a00;
        FloatVector a13 = a00;
        FloatVector a20 = a00;
        FloatVector a21 = a00;
        FloatVector a22 = a00;
        FloatVector a23 = a00;
        FloatVector a30 = a00;
        FloatVector a31 = a00;
        FloatVector a32 = a00;
        FloatVector a33 = a00;
        FloatVector a40 = a00;
        FloatVector a41 = a00;
        FloatVector a42 = a00;
        FloatVector a43 = a00;
        FloatVector a50 = a00;
        FloatVector a51 = a00;
        FloatVector a52 = a00;
        FloatVector a53 = a00;
        for (int k = 0; k < count; k++) {
            int at = panelAt + k * ROWS;
            int next = k * Lanes.COUNT;
            FloatVector w0 = FloatVector.fromArray(Lanes.FLOAT, panel, at);
            FloatVector w1 = FloatVector.fromArray(Lanes.FLOAT, panel, at + Lanes.COUNT);
            FloatVector w2 = FloatVector.fromArray(Lanes.FLOAT, panel, at + 2 * Lanes.COUNT);
            FloatVector w3 = FloatVector.fromArray(Lanes.FLOAT, panel, at + 3 * Lanes.COUNT);
            FloatVector v = FloatVector.broadcast(Lanes.FLOAT, x[x0 + next]);
            a00 = v.fma(w0, a00);
            a01 = v.fma(w1, a01);
            a02 = v.fma(w2, a02);
            a03 = v.fma(w3, a03);
            v = FloatVector.broadcast(Lanes.FLOAT, x[x1 + next]);
            a10 = v.fma(w0, a10);
            a11 = v.fma(w1, a11);
            a12 = v.fma(w2, a12);
            a13 = v.fma(w3, a13);
            v = FloatVector.broadcast(Lanes.FLOAT, x[x2 + next]);
            a20 = v.fma(w0, a20);
            a21 = v.fma(w1, a21);
            a22 = v.fma(w2, a22);
            a23 = v.fma(w3, a23);
            v = FloatVector.broadcast(Lanes.FLOAT, x[x3 + next]);
            a30 = v.fma(w0, a30);
            a31 = v.fma(w1, a31);
            a32 = v.fma(w2, a32);
            a33 = v.fma(w3, a33);
            v = FloatVector.broadcast(Lanes.FLOAT, x[x4 + next]);
            a40 = v.fma(w0, a40);
            a41 = v.fma(w1, a41);
            a42 = v.fma(w2, a42);
            a43 = v.fma(w3, a43);
            v = FloatVector.broadcast(Lanes.FLOAT, x[x5 + next]);
            a50 = v.fma(w0, a50);
            a51 = v.fma(w1, a51);
            a52 = v.fma(w2, a52);
            a53 = v.fma(w3, a53);
        }
        a00.intoArray(sums, s0);
        a01.intoArray(sums, s0 + Lanes.COUNT);
        a02.intoArray(sums, s0 + 2 * Lanes.COUNT);
        a03.intoArray(sums, s0 + 3 * Lanes.COUNT);
        a10.intoArray(sums, s1);
        a11.intoArray(sums, s1 + Lanes.COUNT);
        a12.intoArray(sums, s1 + 2 * Lanes.COUNT);
        a13.intoArray(sums, s1 + 3 * Lanes.COUNT);
        a20.intoArray(sums, s2);
        a21.intoArray(sums, s2 + Lanes.COUNT);
        a22.intoArray(sums, s2 + 2 * Lanes.COUNT);
        a23.intoArray(sums, s2 + 3 * Lanes.COUNT);
        a30.intoArray(sums, s3);
        a31.intoArray(sums, s3 + Lanes.COUNT);
        a32.intoArray(sums, s3 + 2 * Lanes.COUNT);
        a33.intoArray(sums, s3 + 3 * Lanes.COUNT);
        a40.intoArray(sums, s4);
        a41.intoArray(sums, s4 + Lanes.COUNT);
        a42.intoArray(sums, s4 + 2 * Lanes.COUNT);
        a43.intoArray(sums, s4 + 3 * Lanes.COUNT);
        a50.intoArray(sums, s5);
        a51.intoArray(sums, s5 + Lanes.COUNT);
        a52.intoArray(sums, s5 + 2 * Lanes.COUNT);
        a53.intoArray(sums, s5 + 3 * Lanes.COUNT);
    }

    private static void tile1(
            float[] x, int x0, float[] panel, int panelAt, int count, float[] sums, int s0) {
        FloatVector a00 = FloatVector.zero(Lanes.FLOAT);
        FloatVector a01 = a00;
        FloatVector a02 = a00;
        FloatVector a03 = a00;
        for (int k = 0; k < count; k++) {
            int at = panelAt + k * ROWS;
            int next = k * Lanes.COUNT;
            FloatVector w0 = FloatVector.fromArray(Lanes.FLOAT, panel, at);
            FloatVector w1 = FloatVector.fromArray(Lanes.FLOAT, panel, at + Lanes.COUNT);
            FloatVector w2 = FloatVector.fromArray(Lanes.FLOAT, panel, at + 2 * Lanes.COUNT);
            FloatVector w3 = FloatVector.fromArray(Lanes.FLOAT, panel, at + 3 * Lanes.COUNT);
            FloatVector v = FloatVector.broadcast(Lanes.FLOAT, x[x0 + next]);
            a00 = v.fma(w0, a00);
            a01 = v.fma(w1, a01);
            a02 = v.fma(w2, a02);
            a03 = v.fma(w3, a03);
        }
        a00.intoArray(sums, s0);
        a01.intoArray(sums, s0 + Lanes.COUNT);
        a02.intoArray(sums, s0 + 2 * Lanes.COUNT);
        a03.intoArray(sums, s0 + 3 * Lanes.COUNT);
    }
}
