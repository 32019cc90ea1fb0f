package dev.vesper.tensor.kernel;

import jdk.incubator.vector.FloatVector;

/**
 * The register tile of {@link TiledMultiply}: dot products of some tokens with {@link #ROWS} rows of a weight, lanes
 * along the inner dimension. 24 accumulators, 4 vectors of weights and one of a token fill the 32 registers of AVX-512.
 * Written out, because C2 keeps vectors in registers only if they are locals of one method; without helpers, because
 * a method of this size is past the number of nodes (NodeCountInliningCutoff) from which C2 inlines nothing but what is
 * annotated to be, as the Vector API is: a single helper not inlined costs a factor of twenty.
 */
final class DotTile {
    static final int TOKENS = 6;
    static final int ROWS = 4;
    /** Rows of a panel at most: their accumulators lie one after another for a token. */
    static final int PANEL_ROWS = 48;
    /** Floats from the accumulators of one token to those of the next. */
    static final int SUMS_STRIDE = PANEL_ROWS * Lanes.COUNT;

    private DotTile() {}

    /**
     * Adds to the accumulators at {@code sums[sumsAt...]} the products of {@code tokens} rows of {@code x}, {@code
     * xStride} apart, with {@link #ROWS} weight rows, whose vectors alternate in {@code panel}.
     *
     * @param tokens at most {@link #TOKENS}
     * @param width elements of each row, whole vectors
     */
    static void run(
            int tokens, float[] x, int xAt, int xStride, float[] panel, int panelAt, int width, float[] sums,
            int sumsAt) {
        if (tokens == TOKENS) {
            tile6(x, xAt, xStride, panel, panelAt, width, sums, sumsAt);
            return;
        }
        int token = 0;
        for (; token + 2 <= tokens; token += 2) {
            int at = sumsAt + token * SUMS_STRIDE;
            tile2(x, xAt + token * xStride, xStride, panel, panelAt, width, sums, at);
        }
        if (token < tokens) {
            int at = sumsAt + token * SUMS_STRIDE;
            tile1(x, xAt + token * xStride, panel, panelAt, width, sums, at);
        }
    }

    private static void tile6(
            float[] x, int xAt, int xStride, float[] panel, int panelAt, int width, float[] sums, int sumsAt) {
        int x1 = xAt + xStride;
        int x2 = x1 + xStride;
        int x3 = x2 + xStride;
        int x4 = x3 + xStride;
        int x5 = x4 + xStride;
        int s1 = sumsAt + SUMS_STRIDE;
        int s2 = s1 + SUMS_STRIDE;
        int s3 = s2 + SUMS_STRIDE;
        int s4 = s3 + SUMS_STRIDE;
        int s5 = s4 + SUMS_STRIDE;
        FloatVector a00 = FloatVector.fromArray(Lanes.FLOAT, sums, sumsAt);
        FloatVector a01 = FloatVector.fromArray(Lanes.FLOAT, sums, sumsAt + Lanes.COUNT);
        FloatVector a02 = FloatVector.fromArray(Lanes.FLOAT, sums, sumsAt + 2 * Lanes.COUNT);
        FloatVector a03 = FloatVector.fromArray(Lanes.FLOAT, sums, sumsAt + 3 * Lanes.COUNT);
        FloatVector a10 = FloatVector.fromArray(Lanes.FLOAT, sums, s1);
        FloatVector a11 = FloatVector.fromArray(Lanes.FLOAT, sums, s1 + Lanes.COUNT);
        FloatVector a12 = FloatVector.fromArray(Lanes.FLOAT, sums, s1 + 2 * Lanes.COUNT);
        FloatVector a13 = FloatVector.fromArray(Lanes.FLOAT, sums, s1 + 3 * Lanes.COUNT);
        FloatVector a20 = FloatVector.fromArray(Lanes.FLOAT, sums, s2);
        FloatVector a21 = FloatVector.fromArray(Lanes.FLOAT, sums, s2 + Lanes.COUNT);
        FloatVector a22 = FloatVector.fromArray(Lanes.FLOAT, sums, s2 + 2 * Lanes.COUNT);
        FloatVector a23 = FloatVector.fromArray(Lanes.FLOAT, sums, s2 + 3 * Lanes.COUNT);
        FloatVector a30 = FloatVector.fromArray(Lanes.FLOAT, sums, s3);
        FloatVector a31 = FloatVector.fromArray(Lanes.FLOAT, sums, s3 + Lanes.COUNT);
        FloatVector a32 = FloatVector.fromArray(Lanes.FLOAT, sums, s3 + 2 * Lanes.COUNT);
        FloatVector a33 = FloatVector.fromArray(Lanes.FLOAT, sums, s3 + 3 * Lanes.COUNT);
        FloatVector a40 = FloatVector.fromArray(Lanes.FLOAT, sums, s4);
        FloatVector a41 = FloatVector.fromArray(Lanes.FLOAT, sums, s4 + Lanes.COUNT);
        FloatVector a42 = FloatVector.fromArray(Lanes.FLOAT, sums, s4 + 2 * Lanes.COUNT);
        FloatVector a43 = FloatVector.fromArray(Lanes.FLOAT, sums, s4 + 3 * Lanes.COUNT);
        FloatVector a50 = FloatVector.fromArray(Lanes.FLOAT, sums, s5);
        FloatVector a51 = FloatVector.fromArray(Lanes.FLOAT, sums, s5 + Lanes.COUNT);
        FloatVector a52 = FloatVector.fromArray(Lanes.FLOAT, sums, s5 + 2 * Lanes.COUNT);
        FloatVector a53 = FloatVector.fromArray(Lanes.FLOAT, sums, s5 + 3 * Lanes.COUNT);
        for (int k = 0; k < width; k += Lanes.COUNT) {
            int at = panelAt + ROWS * k;
            FloatVector w0 = FloatVector.fromArray(Lanes.FLOAT, panel, at);
            FloatVector w1 = FloatVector.fromArray(Lanes.FLOAT, panel, at + Lanes.COUNT);
            FloatVector w2 = FloatVector.fromArray(Lanes.FLOAT, panel, at + 2 * Lanes.COUNT);
            FloatVector w3 = FloatVector.fromArray(Lanes.FLOAT, panel, at + 3 * Lanes.COUNT);
            FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, xAt + k);
            a00 = v.fma(w0, a00);
            a01 = v.fma(w1, a01);
            a02 = v.fma(w2, a02);
            a03 = v.fma(w3, a03);
            v = FloatVector.fromArray(Lanes.FLOAT, x, x1 + k);
            a10 = v.fma(w0, a10);
            a11 = v.fma(w1, a11);
            a12 = v.fma(w2, a12);
            a13 = v.fma(w3, a13);
            v = FloatVector.fromArray(Lanes.FLOAT, x, x2 + k);
            a20 = v.fma(w0, a20);
            a21 = v.fma(w1, a21);
            a22 = v.fma(w2, a22);
            a23 = v.fma(w3, a23);
            v = FloatVector.fromArray(Lanes.FLOAT, x, x3 + k);
            a30 = v.fma(w0, a30);
            a31 = v.fma(w1, a31);
            a32 = v.fma(w2, a32);
            a33 = v.fma(w3, a33);
            v = FloatVector.fromArray(Lanes.FLOAT, x, x4 + k);
            a40 = v.fma(w0, a40);
            a41 = v.fma(w1, a41);
            a42 = v.fma(w2, a42);
            a43 = v.fma(w3, a43);
            v = FloatVector.fromArray(Lanes.FLOAT, x, x5 + k);
            a50 = v.fma(w0, a50);
            a51 = v.fma(w1, a51);
            a52 = v.fma(w2, a52);
            a53 = v.fma(w3, a53);
        }
        a00.intoArray(sums, sumsAt);
        a01.intoArray(sums, sumsAt + Lanes.COUNT);
        a02.intoArray(sums, sumsAt + 2 * Lanes.COUNT);
        a03.intoArray(sums, sumsAt + 3 * Lanes.COUNT);
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

    private static void tile2(
            float[] x, int xAt, int xStride, float[] panel, int panelAt, int width, float[] sums, int sumsAt) {
        int x1 = xAt + xStride;
        int s1 = sumsAt + SUMS_STRIDE;
        FloatVector a00 = FloatVector.fromArray(Lanes.FLOAT, sums, sumsAt);
        FloatVector a01 = FloatVector.fromArray(Lanes.FLOAT, sums, sumsAt + Lanes.COUNT);
        FloatVector a02 = FloatVector.fromArray(Lanes.FLOAT, sums, sumsAt + 2 * Lanes.COUNT);
        FloatVector a03 = FloatVector.fromArray(Lanes.FLOAT, sums, sumsAt + 3 * Lanes.COUNT);
        FloatVector a10 = FloatVector.fromArray(Lanes.FLOAT, sums, s1);
        FloatVector a11 = FloatVector.fromArray(Lanes.FLOAT, sums, s1 + Lanes.COUNT);
        FloatVector a12 = FloatVector.fromArray(Lanes.FLOAT, sums, s1 + 2 * Lanes.COUNT);
        FloatVector a13 = FloatVector.fromArray(Lanes.FLOAT, sums, s1 + 3 * Lanes.COUNT);
        for (int k = 0; k < width; k += Lanes.COUNT) {
            int at = panelAt + ROWS * k;
            FloatVector w0 = FloatVector.fromArray(Lanes.FLOAT, panel, at);
            FloatVector w1 = FloatVector.fromArray(Lanes.FLOAT, panel, at + Lanes.COUNT);
            FloatVector w2 = FloatVector.fromArray(Lanes.FLOAT, panel, at + 2 * Lanes.COUNT);
            FloatVector w3 = FloatVector.fromArray(Lanes.FLOAT, panel, at + 3 * Lanes.COUNT);
            FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, xAt + k);
            a00 = v.fma(w0, a00);
            a01 = v.fma(w1, a01);
            a02 = v.fma(w2, a02);
            a03 = v.fma(w3, a03);
            v = FloatVector.fromArray(Lanes.FLOAT, x, x1 + k);
            a10 = v.fma(w0, a10);
            a11 = v.fma(w1, a11);
            a12 = v.fma(w2, a12);
            a13 = v.fma(w3, a13);
        }
        a00.intoArray(sums, sumsAt);
        a01.intoArray(sums, sumsAt + Lanes.COUNT);
        a02.intoArray(sums, sumsAt + 2 * Lanes.COUNT);
        a03.intoArray(sums, sumsAt + 3 * Lanes.COUNT);
        a10.intoArray(sums, s1);
        a11.intoArray(sums, s1 + Lanes.COUNT);
        a12.intoArray(sums, s1 + 2 * Lanes.COUNT);
        a13.intoArray(sums, s1 + 3 * Lanes.COUNT);
    }

    private static void tile1(
            float[] x, int xAt, float[] panel, int panelAt, int width, float[] sums, int sumsAt) {
        FloatVector a00 = FloatVector.fromArray(Lanes.FLOAT, sums, sumsAt);
        FloatVector a01 = FloatVector.fromArray(Lanes.FLOAT, sums, sumsAt + Lanes.COUNT);
        FloatVector a02 = FloatVector.fromArray(Lanes.FLOAT, sums, sumsAt + 2 * Lanes.COUNT);
        FloatVector a03 = FloatVector.fromArray(Lanes.FLOAT, sums, sumsAt + 3 * Lanes.COUNT);
        for (int k = 0; k < width; k += Lanes.COUNT) {
            int at = panelAt + ROWS * k;
            FloatVector w0 = FloatVector.fromArray(Lanes.FLOAT, panel, at);
            FloatVector w1 = FloatVector.fromArray(Lanes.FLOAT, panel, at + Lanes.COUNT);
            FloatVector w2 = FloatVector.fromArray(Lanes.FLOAT, panel, at + 2 * Lanes.COUNT);
            FloatVector w3 = FloatVector.fromArray(Lanes.FLOAT, panel, at + 3 * Lanes.COUNT);
            FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, xAt + k);
            a00 = v.fma(w0, a00);
            a01 = v.fma(w1, a01);
            a02 = v.fma(w2, a02);
            a03 = v.fma(w3, a03);
        }
        a00.intoArray(sums, sumsAt);
        a01.intoArray(sums, sumsAt + Lanes.COUNT);
        a02.intoArray(sums, sumsAt + 2 * Lanes.COUNT);
        a03.intoArray(sums, sumsAt + 3 * Lanes.COUNT);
    }
}
