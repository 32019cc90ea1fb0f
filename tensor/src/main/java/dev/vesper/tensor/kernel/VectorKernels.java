package dev.vesper.tensor.kernel;

import dev.vesper.tensor.AttentionShape;
import dev.vesper.tensor.KeyValues;
import dev.vesper.tensor.Scratch;
import dev.vesper.tensor.Weight;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.Function;

/** Kernels on the Vector API (jdk.incubator.vector), at the widest vectors of the machine. */
public final class VectorKernels implements Kernels {
    /** From here on, unpacking weights costs less than converting them once a token. */
    private static final int TILED_FROM_TOKENS = 6;
    private static final int PADDED_SLOT = 3;

    private final ScalarKernels scalar = new ScalarKernels();
    private final Function<Scratch, AttentionVector> attention;

    public VectorKernels() {
        this.attention = scratch -> new AttentionVector(scratch, null);
    }

    /** The width that this process computes with. */
    static int bits() {
        return Lanes.FLOAT.vectorBitSize();
    }

    @Override
    public String description() {
        return "vector %d-bit".formatted(bits());
    }

    @Override
    public void decodeRow(Weight weight, int row, float[] out, int offset) {
        scalar.decodeRow(weight, row, out, offset);
    }

    @Override
    public void multiply(Weight weight, int fromRow, int toRow, float[] x, int tokens, float[] y, Scratch scratch) {
        int columns = weight.columns();
        int stride = Lanes.padded(columns);
        float[] padded = stride == columns ? x : pad(x, tokens, columns, stride, scratch);
        if (tokens < TILED_FROM_TOKENS) {
            StreamedMultiply.multiply(weight, fromRow, toRow, padded, stride, tokens, y, scratch);
        } else if (TransposedMultiply.suits(tokens)) {
            TransposedMultiply.multiply(weight, fromRow, toRow, padded, stride, tokens, y, scratch);
        } else {
            TiledMultiply.multiply(weight, fromRow, toRow, padded, stride, tokens, y, scratch);
        }
    }

    /** Rows of whole vectors, zero at the end: few models have sizes that need it, and those are small. */
    private static float[] pad(float[] x, int tokens, int columns, int stride, Scratch scratch) {
        float[] padded = scratch.floats(PADDED_SLOT, tokens * stride);
        for (int token = 0; token < tokens; token++) {
            System.arraycopy(x, token * columns, padded, token * stride, columns);
            Arrays.fill(padded, token * stride + columns, (token + 1) * stride, 0);
        }
        return padded;
    }

    @Override
    public void multiplyInputGradient(
            Weight weight, int fromColumn, int toColumn, float[] dy, int tokens, float[] dx, Scratch scratch) {
        TiledGradient.input(weight, fromColumn, toColumn, dy, tokens, dx, scratch);
    }

    @Override
    public void multiplyWeightGradient(
            int fromRow, int toRow, float[] dy, int rows, float[] x, int columns, int tokens, float[] dw,
            Scratch scratch) {
        TiledGradient.weight(fromRow, toRow, dy, rows, x, columns, tokens, dw, scratch);
    }

    @Override
    public void rmsNorm(
            int fromRow, int toRow, float[] x, int columns, float[] gain, float epsilon, float[] y, float[] inverse) {
        NormVector.rmsNorm(fromRow, toRow, x, columns, gain, epsilon, y, inverse);
    }

    @Override
    public void rmsNormInputGradient(
            int fromRow, int toRow, float[] x, int columns, float[] gain, float[] inverse, float[] dy, float[] dx) {
        NormVector.inputGradient(fromRow, toRow, x, columns, gain, inverse, dy, dx);
    }

    @Override
    public void rmsNormGainGradient(
            int fromColumn, int toColumn, float[] x, int rows, int columns, float[] inverse, float[] dy,
            float[] dGain) {
        NormVector.gainGradient(fromColumn, toColumn, x, rows, columns, inverse, dy, dGain);
    }

    @Override
    public void rope(
            int fromRow, int toRow, float[] x, int heads, int headSize, int pairs, float[] cos, float[] sin,
            int direction) {
        scalar.rope(fromRow, toRow, x, heads, headSize, pairs, cos, sin, direction);
    }

    @Override
    public void attend(
            AttentionShape shape, int keyValueHead, int fromRow, int toRow, int position, float[] query,
            KeyValues keyValues, float[] out, float[] logSumExp, Scratch scratch) {
        scratch.kept(attention)
                .attend(shape, keyValueHead, fromRow, toRow, position, query, keyValues, out, logSumExp);
    }

    @Override
    public void attendGradient(
            AttentionShape shape, int keyValueHead, int fromRow, int toRow, float[] query, float[] key, float[] value,
            float[] out, float[] logSumExp, float[] dOut, float[] dQuery, float[] dKey, float[] dValue,
            Scratch scratch) {
        var arguments = new AttentionGradientVector.Arguments(
                query, key, value, out, logSumExp, dOut, dQuery, dKey, dValue);
        new AttentionGradientVector(shape, keyValueHead, scratch).attendGradient(fromRow, toRow, arguments);
    }

    @Override
    public void siluTimes(int from, int to, float[] gate, float[] up, float[] out) {
        ElementwiseVector.siluTimes(from, to, gate, up, out);
    }

    @Override
    public void siluTimesGradient(
            int from, int to, float[] gate, float[] up, float[] dOut, float[] dGate, float[] dUp) {
        ElementwiseVector.siluTimesGradient(from, to, gate, up, dOut, dGate, dUp);
    }

    @Override
    public void addScaled(int from, int to, float[] a, float[] b, float factor, float[] out) {
        ElementwiseVector.addScaled(from, to, a, b, factor, out);
    }

    @Override
    public double crossEntropy(float[] logits, int offset, int columns, int target, float factor, float[] gradient) {
        return CrossEntropyVector.crossEntropy(logits, offset, columns, target, factor, gradient);
    }

    @Override
    public double sumOfSquares(int from, int to, float[] values) {
        return scalar.sumOfSquares(from, to, values);
    }

    @Override
    public void adamW(int from, int to, MemorySegment weight, float[] gradient, float[] m, float[] v, AdamWStep step) {
        ElementwiseVector.adamW(from, to, weight, gradient, m, v, step);
    }
}
