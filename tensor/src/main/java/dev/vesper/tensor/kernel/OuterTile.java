package dev.vesper.tensor.kernel;

import jdk.incubator.vector.FloatVector;

/**
 * The register tile of sums of scaled rows, {@code out[t] += sum over k of factors[t, k] * panel[k]}: lanes along the
 * columns, so each element is one chain of fused multiply-adds in the order of k, that goes on where the last call
 * stopped. Written out for the reason that {@link DotTile} gives.
 */
final class OuterTile {
    /** Rows of {@code out} in a tile. */
    static final int ROWS = 6;
    /** Columns of a tile. */
    static final int COLUMNS = 4 * Lanes.COUNT;

    private OuterTile() {}

    /**
     * @param rows of {@code out} and {@code factors}, at most {@link #ROWS}
     * @param count rows of the panel
     */
    static void run(
            int rows, float[] factors, int factorsAt, int factorsStride, float[] panel, int panelAt, int panelStride,
            int count, float[] out, int outAt, int outStride) {
        if (rows == ROWS) {
            tile6(factors, factorsAt, factorsStride, panel, panelAt, panelStride, count, out, outAt, outStride);
            return;
        }
        int row = 0;
        for (; row + 2 <= rows; row += 2) {
            int from = factorsAt + row * factorsStride;
            int to = outAt + row * outStride;
            tile2(factors, from, factorsStride, panel, panelAt, panelStride, count, out, to, outStride);
        }
        if (row < rows) {
            int from = factorsAt + row * factorsStride;
            int to = outAt + row * outStride;
            tile1(factors, from, panel, panelAt, panelStride, count, out, to);
        }
    }

    private static void tile6(
            float[] factors, int factorsAt, int factorsStride, float[] panel, int panelAt, int panelStride, int count,
            float[] out, int outAt, int outStride) {
        int f1 = factorsAt + factorsStride;
        int f2 = f1 + factorsStride;
        int f3 = f2 + factorsStride;
        int f4 = f3 + factorsStride;
        int f5 = f4 + factorsStride;
        int o1 = outAt + outStride;
        int o2 = o1 + outStride;
        int o3 = o2 + outStride;
        int o4 = o3 + outStride;
        int o5 = o4 + outStride;
        FloatVector a00 = FloatVector.fromArray(Lanes.FLOAT, out, outAt);
        FloatVector a01 = FloatVector.fromArray(Lanes.FLOAT, out, outAt + Lanes.COUNT);
        FloatVector a02 = FloatVector.fromArray(Lanes.FLOAT, out, outAt + 2 * Lanes.COUNT);
        FloatVector a03 = FloatVector.fromArray(Lanes.FLOAT, out, outAt + 3 * Lanes.COUNT);
        FloatVector a10 = FloatVector.fromArray(Lanes.FLOAT, out, o1);
        FloatVector a11 = FloatVector.fromArray(Lanes.FLOAT, out, o1 + Lanes.COUNT);
        FloatVector a12 = FloatVector.fromArray(Lanes.FLOAT, out, o1 + 2 * Lanes.COUNT);
        FloatVector a13 = FloatVector.fromArray(Lanes.FLOAT, out, o1 + 3 * Lanes.COUNT);
        FloatVector a20 = FloatVector.fromArray(Lanes.FLOAT, out, o2);
        FloatVector a21 = FloatVector.fromArray(Lanes.FLOAT, out, o2 + Lanes.COUNT);
        FloatVector a22 = FloatVector.fromArray(Lanes.FLOAT, out, o2 + 2 * Lanes.COUNT);
        FloatVector a23 = FloatVector.fromArray(Lanes.FLOAT, out, o2 + 3 * Lanes.COUNT);
        FloatVector a30 = FloatVector.fromArray(Lanes.FLOAT, out, o3);
        FloatVector a31 = FloatVector.fromArray(Lanes.FLOAT, out, o3 + Lanes.COUNT);
        FloatVector a32 = FloatVector.fromArray(Lanes.FLOAT, out, o3 + 2 * Lanes.COUNT);
        FloatVector a33 = FloatVector.fromArray(Lanes.FLOAT, out, o3 + 3 * Lanes.COUNT);
        FloatVector a40 = FloatVector.fromArray(Lanes.FLOAT, out, o4);
        FloatVector a41 = FloatVector.fromArray(Lanes.FLOAT, out, o4 + Lanes.COUNT);
        FloatVector a42 = FloatVector.fromArray(Lanes.FLOAT, out, o4 + 2 * Lanes.COUNT);
        FloatVector a43 = FloatVector.fromArray(Lanes.FLOAT, out, o4 + 3 * Lanes.COUNT);
        FloatVector a50 = FloatVector.fromArray(Lanes.FLOAT, out, o5);
        FloatVector a51 = FloatVector.fromArray(Lanes.FLOAT, out, o5 + Lanes.COUNT);
        FloatVector a52 = FloatVector.fromArray(Lanes.FLOAT, out, o5 + 2 * Lanes.COUNT);
        FloatVector a53 = FloatVector.fromArray(Lanes.FLOAT, out, o5 + 3 * Lanes.COUNT);
        for (int k = 0; k < count; k++) {
            int at = panelAt + k * panelStride;
            FloatVector w0 = FloatVector.fromArray(Lanes.FLOAT, panel, at);
            FloatVector w1 = FloatVector.fromArray(Lanes.FLOAT, panel, at + Lanes.COUNT);
            FloatVector w2 = FloatVector.fromArray(Lanes.FLOAT, panel, at + 2 * Lanes.COUNT);
            FloatVector w3 = FloatVector.fromArray(Lanes.FLOAT, panel, at + 3 * Lanes.COUNT);
            FloatVector v = FloatVector.broadcast(Lanes.FLOAT, factors[factorsAt + k]);
            a00 = v.fma(w0, a00);
            a01 = v.fma(w1, a01);
            a02 = v.fma(w2, a02);
            a03 = v.fma(w3, a03);
            v = FloatVector.broadcast(Lanes.FLOAT, factors[f1 + k]);
            a10 = v.fma(w0, a10);
            a11 = v.fma(w1, a11);
            a12 = v.fma(w2, a12);
            a13 = v.fma(w3, a13);
            v = FloatVector.broadcast(Lanes.FLOAT, factors[f2 + k]);
            a20 = v.fma(w0, a20);
            a21 = v.fma(w1, a21);
            a22 = v.fma(w2, a22);
            a23 = v.fma(w3, a23);
            v = FloatVector.broadcast(Lanes.FLOAT, factors[f3 + k]);
            a30 = v.fma(w0, a30);
            a31 = v.fma(w1, a31);
            a32 = v.fma(w2, a32);
            a33 = v.fma(w3, a33);
            v = FloatVector.broadcast(Lanes.FLOAT, factors[f4 + k]);
            a40 = v.fma(w0, a40);
            a41 = v.fma(w1, a41);
            a42 = v.fma(w2, a42);
            a43 = v.fma(w3, a43);
            v = FloatVector.broadcast(Lanes.FLOAT, factors[f5 + k]);
            a50 = v.fma(w0, a50);
            a51 = v.fma(w1, a51);
            a52 = v.fma(w2, a52);
            a53 = v.fma(w3, a53);
        }
        a00.intoArray(out, outAt);
        a01.intoArray(out, outAt + Lanes.COUNT);
        a02.intoArray(out, outAt + 2 * Lanes.COUNT);
        a03.intoArray(out, outAt + 3 * Lanes.COUNT);
        a10.intoArray(out, o1);
        a11.intoArray(out, o1 + Lanes.COUNT);
        a12.intoArray(out, o1 + 2 * Lanes.COUNT);
        a13.intoArray(out, o1 + 3 * Lanes.COUNT);
        a20.intoArray(out, o2);
        a21.intoArray(out, o2 + Lanes.COUNT);
        a22.intoArray(out, o2 + 2 * Lanes.COUNT);
        a23.intoArray(out, o2 + 3 * Lanes.COUNT);
        a30.intoArray(out, o3);
        a31.intoArray(out, o3 + Lanes.COUNT);
        a32.intoArray(out, o3 + 2 * Lanes.COUNT);
        a33.intoArray(out, o3 + 3 * Lanes.COUNT);
        a40.intoArray(out, o4);
        a41.intoArray(out, o4 + Lanes.COUNT);
        a42.intoArray(out, o4 + 2 * Lanes.COUNT);
        a43.intoArray(out, o4 + 3 * Lanes.COUNT);
        a50.intoArray(out, o5);
        a51.intoArray(out, o5 + Lanes.COUNT);
        a52.intoArray(out, o5 + 2 * Lanes.COUNT);
        a53.intoArray(out, o5 + 3 * Lanes.COUNT);
    }

    private static void tile2(
            float[] factors, int factorsAt, int factorsStride, float[] panel, int panelAt, int panelStride, int count,
            float[] out, int outAt, int outStride) {
        int f1 = factorsAt + factorsStride;
        int o1 = outAt + outStride;
        FloatVector a00 = FloatVector.fromArray(Lanes.FLOAT, out, outAt);
        FloatVector a01 = FloatVector.fromArray(Lanes.FLOAT, out, outAt + Lanes.COUNT);
        FloatVector a02 = FloatVector.fromArray(Lanes.FLOAT, out, outAt + 2 * Lanes.COUNT);
        FloatVector a03 = FloatVector.fromArray(Lanes.FLOAT, out, outAt + 3 * Lanes.COUNT);
        FloatVector a10 = FloatVector.fromArray(Lanes.FLOAT, out, o1);
        FloatVector a11 = FloatVector.fromArray(Lanes.FLOAT, out, o1 + Lanes.COUNT);
        FloatVector a12 = FloatVector.fromArray(Lanes.FLOAT, out, o1 + 2 * Lanes.COUNT);
        FloatVector a13 = FloatVector.fromArray(Lanes.FLOAT, out, o1 + 3 * Lanes.COUNT);
        for (int k = 0; k < count; k++) {
            int at = panelAt + k * panelStride;
            FloatVector w0 = FloatVector.fromArray(Lanes.FLOAT, panel, at);
            FloatVector w1 = FloatVector.fromArray(Lanes.FLOAT, panel, at + Lanes.COUNT);
            FloatVector w2 = FloatVector.fromArray(Lanes.FLOAT, panel, at + 2 * Lanes.COUNT);
            FloatVector w3 = FloatVector.fromArray(Lanes.FLOAT, panel, at + 3 * Lanes.COUNT);
            FloatVector v = FloatVector.broadcast(Lanes.FLOAT, factors[factorsAt + k]);
            a00 = v.fma(w0, a00);
            a01 = v.fma(w1, a01);
            a02 = v.fma(w2, a02);
            a03 = v.fma(w3, a03);
            v = FloatVector.broadcast(Lanes.FLOAT, factors[f1 + k]);
            a10 = v.fma(w0, a10);
            a11 = v.fma(w1, a11);
            a12 = v.fma(w2, a12);
            a13 = v.fma(w3, a13);
        }
        a00.intoArray(out, outAt);
        a01.intoArray(out, outAt + Lanes.COUNT);
        a02.intoArray(out, outAt + 2 * Lanes.COUNT);
        a03.intoArray(out, outAt + 3 * Lanes.COUNT);
        a10.intoArray(out, o1);
        a11.intoArray(out, o1 + Lanes.COUNT);
        a12.intoArray(out, o1 + 2 * Lanes.COUNT);
        a13.intoArray(out, o1 + 3 * Lanes.COUNT);
    }

    private static void tile1(
            float[] factors, int factorsAt, float[] panel, int panelAt, int panelStride, int count,
            float[] out, int outAt) {
        FloatVector a00 = FloatVector.fromArray(Lanes.FLOAT, out, outAt);
        FloatVector a01 = FloatVector.fromArray(Lanes.FLOAT, out, outAt + Lanes.COUNT);
        FloatVector a02 = FloatVector.fromArray(Lanes.FLOAT, out, outAt + 2 * Lanes.COUNT);
        FloatVector a03 = FloatVector.fromArray(Lanes.FLOAT, out, outAt + 3 * Lanes.COUNT);
        for (int k = 0; k < count; k++) {
            int at = panelAt + k * panelStride;
            FloatVector w0 = FloatVector.fromArray(Lanes.FLOAT, panel, at);
            FloatVector w1 = FloatVector.fromArray(Lanes.FLOAT, panel, at + Lanes.COUNT);
            FloatVector w2 = FloatVector.fromArray(Lanes.FLOAT, panel, at + 2 * Lanes.COUNT);
            FloatVector w3 = FloatVector.fromArray(Lanes.FLOAT, panel, at + 3 * Lanes.COUNT);
            FloatVector v = FloatVector.broadcast(Lanes.FLOAT, factors[factorsAt + k]);
            a00 = v.fma(w0, a00);
            a01 = v.fma(w1, a01);
            a02 = v.fma(w2, a02);
            a03 = v.fma(w3, a03);
        }
        a00.intoArray(out, outAt);
        a01.intoArray(out, outAt + Lanes.COUNT);
        a02.intoArray(out, outAt + 2 * Lanes.COUNT);
        a03.intoArray(out, outAt + 3 * Lanes.COUNT);
    }
}
