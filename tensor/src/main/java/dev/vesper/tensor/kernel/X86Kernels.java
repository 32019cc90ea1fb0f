package dev.vesper.tensor.kernel;

import dev.vesper.tensor.AttentionShape;
import dev.vesper.tensor.Format;
import dev.vesper.tensor.KeyValues;
import dev.vesper.tensor.Scratch;
import dev.vesper.tensor.Weight;
import dev.vesper.tensor.x86.IntegerCode;
import dev.vesper.tensor.x86.MachineCode;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Kernels whose matrix products are machine code, written at run time for processors with AVX-512; all else is done by {@link
 * VectorKernels}. Every sum is made in the order of the vector kernels at 512 bits, and has their bits; but products with
 * weights in some formats may be made of integers, as {@link X86IntegerMultiply} says.
 */
public final class X86Kernels implements Kernels {
    private final VectorKernels vector = new VectorKernels();
    private final X86Multiply multiply;
    private final X86Gradient gradient;
    private final MachineCode code = new MachineCode();
    private final @Nullable X86IntegerMultiply[] integers = new X86IntegerMultiply[Format.values().length];
    private final boolean rounding;
    private final Function<Scratch, AttentionVector> attention;

    /** @param rounding whether activations may be rounded to integers, which is done where the processor gains by it */
    X86Kernels(boolean rounding) {
        this.rounding = rounding && IntegerCode.isThere();
        if (this.rounding) {
            for (Format format : Format.values()) {
                Optional<IntegerCode> integerCode = IntegerCode.of(format);
                integerCode.ifPresent(routines -> integers[format.ordinal()] = new X86IntegerMultiply(routines));
            }
        }
        this.multiply = new X86Multiply(code);
        this.gradient = new X86Gradient(code);
        this.attention = scratch -> new AttentionVector(scratch, new X86Attention(code));
    }

    @Override
    public String description() {
        return rounding ? "x86 AVX-512 VNNI machine code" : "x86 AVX-512 machine code";
    }

    @Override
    public void decodeRow(Weight weight, int row, float[] out, int offset) {
        vector.decodeRow(weight, row, out, offset);
    }

    @Override
    public void multiply(Weight weight, int fromRow, int toRow, float[] x, int tokens, float[] y, Scratch scratch) {
        X86IntegerMultiply ofIntegers = integers[weight.format().ordinal()];
        boolean some = tokens >= X86Multiply.DOTS_FROM_TOKENS;
        if (ofIntegers != null) {
            ofIntegers.multiply(weight, fromRow, toRow, x, tokens, y, scratch);
        } else if (some && tokens < X86Multiply.TILED_FROM_TOKENS && X86Multiply.suitsDots(weight)) {
            multiply.dots(weight, fromRow, toRow, x, tokens, y, scratch);
        } else if (some) {
            multiply.tiled(weight, fromRow, toRow, x, tokens, y, scratch);
        } else if (MachineCode.reads(weight.format())) {
            multiply.streamed(weight, fromRow, toRow, x, tokens, y, scratch);
        } else {
            vector.multiply(weight, fromRow, toRow, x, tokens, y, scratch);
        }
    }

    @Override
    public void multiplyInputGradient(
            Weight weight, int fromColumn, int toColumn, float[] dy, int tokens, float[] dx, Scratch scratch) {
        gradient.input(weight, fromColumn, toColumn, dy, tokens, dx, scratch);
    }

    @Override
    public void multiplyWeightGradient(
            int fromRow, int toRow, float[] dy, int rows, float[] x, int columns, int tokens, float[] dw,
            Scratch scratch) {
        gradient.weight(fromRow, toRow, dy, rows, x, columns, tokens, dw, scratch);
    }

    @Override
    public void rmsNorm(
            int fromRow, int toRow, float[] x, int columns, float[] gain, float epsilon, float[] y, float[] inverse) {
        vector.rmsNorm(fromRow, toRow, x, columns, gain, epsilon, y, inverse);
    }

    @Override
    public void rmsNormInputGradient(
            int fromRow, int toRow, float[] x, int columns, float[] gain, float[] inverse, float[] dy, float[] dx) {
        vector.rmsNormInputGradient(fromRow, toRow, x, columns, gain, inverse, dy, dx);
    }

    @Override
    public void rmsNormGainGradient(
            int fromColumn, int toColumn, float[] x, int rows, int columns, float[] inverse, float[] dy,
            float[] dGain) {
        vector.rmsNormGainGradient(fromColumn, toColumn, x, rows, columns, inverse, dy, dGain);
    }

    @Override
    public void rope(
            int fromRow, int toRow, float[] x, int heads, int headSize, int pairs, float[] cos, float[] sin,
            int direction) {
        vector.rope(fromRow, toRow, x, heads, headSize, pairs, cos, sin, direction);
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
        vector.attendGradient(shape, keyValueHead, fromRow, toRow, query, key, value, out, logSumExp, dOut, dQuery,
                dKey, dValue, scratch);
    }

    @Override
    public void siluTimes(int from, int to, float[] gate, float[] up, float[] out) {
        vector.siluTimes(from, to, gate, up, out);
    }

    @Override
    public void siluTimesGradient(
            int from, int to, float[] gate, float[] up, float[] dOut, float[] dGate, float[] dUp) {
        vector.siluTimesGradient(from, to, gate, up, dOut, dGate, dUp);
    }

    @Override
    public void addScaled(int from, int to, float[] a, float[] b, float factor, float[] out) {
        vector.addScaled(from, to, a, b, factor, out);
    }

    @Override
    public double crossEntropy(float[] logits, int offset, int columns, int target, float factor, float[] gradient) {
        return vector.crossEntropy(logits, offset, columns, target, factor, gradient);
    }

    @Override
    public double sumOfSquares(int from, int to, float[] values) {
        return vector.sumOfSquares(from, to, values);
    }

    @Override
    public void adamW(int from, int to, MemorySegment weight, float[] gradient, float[] m, float[] v, AdamWStep step) {
        vector.adamW(from, to, weight, gradient, m, v, step);
    }
}
