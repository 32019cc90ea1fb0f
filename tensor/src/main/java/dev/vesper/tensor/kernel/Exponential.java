package dev.vesper.tensor.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * exp on vectors, the same bits in the interpreter and compiled, which {@code lanewise(EXP)} does not give: that calls
 * another library once compiled. Within 1.1 units in the last place where the result is a normal number; correct limits
 * for overflow, underflow, infinities and NaN.
 */
final class Exponential {
    private static final float LOG2_E = 1.442695f;
    /** ln 2 in two parts, the first with few bits, so that its product with a small integer is exact. */
    private static final float LN2_HIGH = 0x1.62e4p-1f;
    private static final float LN2_LOW = (float) (StrictMath.log(2) - 0x1.62e4p-1);
    /** Adding it rounds to an integer, which then stands in the lowest bits. */
    private static final float ROUNDING = 0x1.8p23f;
    private static final int ROUNDING_BITS = Float.floatToRawIntBits(ROUNDING);
    /** Beyond these the result is 0 or infinite, and the powers of two below would leave their range. */
    private static final float LOWEST = -105;
    private static final float HIGHEST = 90;
    private static final int BIAS = 127;
    private static final int FRACTION_BITS = 23;

    private Exponential() {}

    /** {@code e^x = 2^n e^r} with r within ±ln 2 / 2, where a polynomial of degree 7 is as good as float32. */
    static FloatVector of(FloatVector x) {
        FloatVector bounded = x.max(LOWEST).min(HIGHEST);
        FloatVector shifted = bounded.fma(broadcast(LOG2_E), broadcast(ROUNDING));
        FloatVector n = shifted.sub(ROUNDING);
        FloatVector r = n.fma(broadcast(-LN2_HIGH), bounded);
        r = n.fma(broadcast(-LN2_LOW), r);
        FloatVector p = broadcast(1f / 5040);
        p = p.fma(r, broadcast(1f / 720));
        p = p.fma(r, broadcast(1f / 120));
        p = p.fma(r, broadcast(1f / 24));
        p = p.fma(r, broadcast(1f / 6));
        p = p.fma(r, broadcast(0.5f));
        p = p.fma(r, broadcast(1));
        p = p.fma(r, broadcast(1));
        // Two factors, because 2^n alone may be too small or too large for float32 where the result is not.
        IntVector exponent = shifted.reinterpretAsInts().sub(ROUNDING_BITS);
        IntVector half = exponent.lanewise(VectorOperators.ASHR, 1);
        return p.mul(powerOfTwo(half)).mul(powerOfTwo(exponent.sub(half)));
    }

    /**
     * {@code to[i] = e^(from[i] - minus)} for whole vectors from {@code at} on, as {@link #of} has it. Written out: where
     * C2 does not inline {@link #of}, that makes objects of vectors.
     */
    static void ofDifferences(float[] from, float minus, float[] to, int at, int count) {
        for (int i = at; i < at + count; i += Lanes.COUNT) {
            FloatVector x = FloatVector.fromArray(Lanes.FLOAT, from, i).sub(minus).max(LOWEST).min(HIGHEST);
            FloatVector shifted = x.fma(
                    FloatVector.broadcast(Lanes.FLOAT, LOG2_E), FloatVector.broadcast(Lanes.FLOAT, ROUNDING));
            FloatVector n = shifted.sub(ROUNDING);
            FloatVector r = n.fma(FloatVector.broadcast(Lanes.FLOAT, -LN2_HIGH), x);
            r = n.fma(FloatVector.broadcast(Lanes.FLOAT, -LN2_LOW), r);
            FloatVector p = FloatVector.broadcast(Lanes.FLOAT, 1f / 5040);
            p = p.fma(r, FloatVector.broadcast(Lanes.FLOAT, 1f / 720));
            p = p.fma(r, FloatVector.broadcast(Lanes.FLOAT, 1f / 120));
            p = p.fma(r, FloatVector.broadcast(Lanes.FLOAT, 1f / 24));
            p = p.fma(r, FloatVector.broadcast(Lanes.FLOAT, 1f / 6));
            p = p.fma(r, FloatVector.broadcast(Lanes.FLOAT, 0.5f));
            p = p.fma(r, FloatVector.broadcast(Lanes.FLOAT, 1));
            p = p.fma(r, FloatVector.broadcast(Lanes.FLOAT, 1));
            IntVector exponent = shifted.reinterpretAsInts().sub(ROUNDING_BITS);
            IntVector half = exponent.lanewise(VectorOperators.ASHR, 1);
            IntVector first = half.add(BIAS).lanewise(VectorOperators.LSHL, FRACTION_BITS);
            IntVector second = exponent.sub(half).add(BIAS).lanewise(VectorOperators.LSHL, FRACTION_BITS);
            p.mul(first.reinterpretAsFloats()).mul(second.reinterpretAsFloats()).intoArray(to, i);
        }
    }

    private static FloatVector powerOfTwo(IntVector exponent) {
        return exponent.add(BIAS).lanewise(VectorOperators.LSHL, FRACTION_BITS).reinterpretAsFloats();
    }

    private static FloatVector broadcast(float value) {
        return FloatVector.broadcast(Lanes.FLOAT, value);
    }
}
