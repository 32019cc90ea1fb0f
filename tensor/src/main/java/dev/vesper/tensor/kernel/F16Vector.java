package dev.vesper.tensor.kernel;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** Weights of float16. */
final class F16Vector implements WeightReader {
    static final F16Vector READER = new F16Vector();
    private static final int BYTES = 2;
    private static final VectorSpecies<Short> SHORT =
            VectorSpecies.of(short.class, VectorShape.forBitSize(Lanes.FLOAT.vectorBitSize() / 2));
    private static final VectorSpecies<Integer> INT = Lanes.FLOAT.withLanes(int.class);
    private static final VectorSpecies<Float> FLOAT = Lanes.FLOAT;
    private static final int EXPONENT_SHIFT = 13;
    private static final int SMALLEST_NORMAL = 0x0400 << EXPONENT_SHIFT;
    private static final int INFINITE = 0x7C00 << EXPONENT_SHIFT;
    private static final int BIAS = 127 - 15 << 23;
    private static final int ONE = 1 << 23;
    /** The bits of a float16, moved left by {@link #EXPONENT_SHIFT} after sign extension, that are in their place. */
    private static final int IN_PLACE = 0x8FFFE000;
    private static final float FROM_TINY = 0x1p112f;
    /** The square of the least number that {@link #dotWide} makes of an infinity or NaN. */
    private static final float NOT_FINITE = 0x1p32f;
    private static final boolean WIDE = Lanes.COUNT == 16 && SubnormalProducts.cheap();
    private static final int WIDE_ROWS = 6;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final VectorOperators.Conversion<Short, Integer> WIDEN = VectorOperators.S2I;

    private F16Vector() {}

    @Override
    public void unpack(MemorySegment data, long byteOffset, int count, float[] out, int at, int step) {
        int whole = Lanes.FLOAT.loopBound(count);
        int to = at;
        for (int k = 0; k < whole; k += Lanes.COUNT, to += step) {
            load(data, byteOffset + (long) BYTES * k).intoArray(out, to);
        }
        if (whole < count) {
            loadFirst(count - whole, data, byteOffset + (long) BYTES * whole).intoArray(out, to);
        }
    }

    @Override
    public int rows() {
        return WIDE ? WIDE_ROWS : ROWS;
    }

    @Override
    public void dot(MemorySegment data, long byteOffset, long distance, int count, float[] x, int xAt, float[] sums) {
        if (!WIDE) {
            dotPair(data, byteOffset, distance, count, x, xAt, sums, 0);
        } else if (!dotWide(data, byteOffset, distance, count, x, xAt, sums)) {
            for (int row = 0; row < WIDE_ROWS; row += ROWS) {
                dotPair(data, byteOffset + row * distance, distance, count, x, xAt, sums, row);
            }
        }
    }

    /**
     * Six streams, written out: what keeps a core waiting is memory, and it has the more lines on their way the fewer
     * instructions lie between them. So the bits of a float16, put into the place of a float32's, which makes a number
     * 2^112 times too small, are multiplied by that: exact, subnormal numbers too. Only an infinity or NaN goes wrong, and
     * becomes 65536 or more; the sums of squares tell.
     *
     * @return false if there was, or may have been, one of those, and nothing was written
     */
    private static boolean dotWide(
            MemorySegment data, long byteOffset, long distance, int count, float[] x, int xAt, float[] sums) {
        int whole = Lanes.FLOAT.loopBound(count);
        if (whole < count) {
            return false;
        }
        long row0 = byteOffset;
        long row1 = row0 + distance;
        long row2 = row1 + distance;
        long row3 = row2 + distance;
        long row4 = row3 + distance;
        long row5 = row4 + distance;
        FloatVector sum0 = FloatVector.zero(Lanes.FLOAT);
        FloatVector sum1 = sum0;
        FloatVector sum2 = sum0;
        FloatVector sum3 = sum0;
        FloatVector sum4 = sum0;
        FloatVector sum5 = sum0;
        FloatVector squares0 = sum0;
        FloatVector squares1 = sum0;
        FloatVector squares2 = sum0;
        for (int k = 0; k < whole; k += Lanes.COUNT) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, xAt + k);
            long at = (long) BYTES * k;
            ShortVector halves0 = ShortVector.fromMemorySegment(SHORT, data, row0 + at, ORDER);
            IntVector bits0 = ((IntVector) halves0.convertShape(WIDEN, INT, 0))
                    .lanewise(VectorOperators.LSHL, EXPONENT_SHIFT)
                    .and(IN_PLACE);
            FloatVector w0 = bits0.reinterpretAsFloats().mul(FROM_TINY);
            sum0 = v.fma(w0, sum0);
            squares0 = w0.fma(w0, squares0);
            ShortVector halves1 = ShortVector.fromMemorySegment(SHORT, data, row1 + at, ORDER);
            IntVector bits1 = ((IntVector) halves1.convertShape(WIDEN, INT, 0))
                    .lanewise(VectorOperators.LSHL, EXPONENT_SHIFT)
                    .and(IN_PLACE);
            FloatVector w1 = bits1.reinterpretAsFloats().mul(FROM_TINY);
            sum1 = v.fma(w1, sum1);
            squares0 = w1.fma(w1, squares0);
            ShortVector halves2 = ShortVector.fromMemorySegment(SHORT, data, row2 + at, ORDER);
            IntVector bits2 = ((IntVector) halves2.convertShape(WIDEN, INT, 0))
                    .lanewise(VectorOperators.LSHL, EXPONENT_SHIFT)
                    .and(IN_PLACE);
            FloatVector w2 = bits2.reinterpretAsFloats().mul(FROM_TINY);
            sum2 = v.fma(w2, sum2);
            squares1 = w2.fma(w2, squares1);
            ShortVector halves3 = ShortVector.fromMemorySegment(SHORT, data, row3 + at, ORDER);
            IntVector bits3 = ((IntVector) halves3.convertShape(WIDEN, INT, 0))
                    .lanewise(VectorOperators.LSHL, EXPONENT_SHIFT)
                    .and(IN_PLACE);
            FloatVector w3 = bits3.reinterpretAsFloats().mul(FROM_TINY);
            sum3 = v.fma(w3, sum3);
            squares1 = w3.fma(w3, squares1);
            ShortVector halves4 = ShortVector.fromMemorySegment(SHORT, data, row4 + at, ORDER);
            IntVector bits4 = ((IntVector) halves4.convertShape(WIDEN, INT, 0))
                    .lanewise(VectorOperators.LSHL, EXPONENT_SHIFT)
                    .and(IN_PLACE);
            FloatVector w4 = bits4.reinterpretAsFloats().mul(FROM_TINY);
            sum4 = v.fma(w4, sum4);
            squares2 = w4.fma(w4, squares2);
            ShortVector halves5 = ShortVector.fromMemorySegment(SHORT, data, row5 + at, ORDER);
            IntVector bits5 = ((IntVector) halves5.convertShape(WIDEN, INT, 0))
                    .lanewise(VectorOperators.LSHL, EXPONENT_SHIFT)
                    .and(IN_PLACE);
            FloatVector w5 = bits5.reinterpretAsFloats().mul(FROM_TINY);
            sum5 = v.fma(w5, sum5);
            squares2 = w5.fma(w5, squares2);
        }
        sum0.intoArray(sums, MOST_ROWS);
        sum1.intoArray(sums, MOST_ROWS + Lanes.COUNT);
        sum2.intoArray(sums, MOST_ROWS + 2 * Lanes.COUNT);
        sum3.intoArray(sums, MOST_ROWS + 3 * Lanes.COUNT);
        sum4.intoArray(sums, MOST_ROWS + 4 * Lanes.COUNT);
        sum5.intoArray(sums, MOST_ROWS + 5 * Lanes.COUNT);
        FloatVector squares = squares0.add(squares1).add(squares2);
        if (!squares.compare(VectorOperators.LT, NOT_FINITE).allTrue()) {
            return false;
        }
        Lanes.sumRows(sums, MOST_ROWS, WIDE_ROWS);
        return true;
    }

    private static void dotPair(
            MemorySegment data, long byteOffset, long distance, int count, float[] x, int xAt, float[] sums, int to) {
        int whole = Lanes.FLOAT.loopBound(count);
        long row1 = byteOffset + distance;
        FloatVector sum0 = FloatVector.zero(Lanes.FLOAT);
        FloatVector sum1 = sum0;
        for (int k = 0; k < whole; k += Lanes.COUNT) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, xAt + k);
            long at = (long) BYTES * k;
            sum0 = v.fma(load(data, byteOffset + at), sum0);
            sum1 = v.fma(load(data, row1 + at), sum1);
        }
        if (whole < count) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, xAt + whole);
            long at = (long) BYTES * whole;
            sum0 = v.fma(loadFirst(count - whole, data, byteOffset + at), sum0);
            sum1 = v.fma(loadFirst(count - whole, data, row1 + at), sum1);
        }
        sums[to] = Lanes.sum(sum0);
        sums[to + 1] = Lanes.sum(sum1);
    }

    private static FloatVector load(MemorySegment data, long at) {
        return floats(ShortVector.fromMemorySegment(SHORT, data, at, ByteOrder.LITTLE_ENDIAN));
    }

    private static FloatVector loadFirst(int count, MemorySegment data, long at) {
        return floats(ShortVector.fromMemorySegment(
                SHORT, data, at, ByteOrder.LITTLE_ENDIAN, SHORT.indexInRange(0, count)));
    }

    /**
     * There is no conversion from float16 in the Vector API: moves the bits into place and changes the bias of the
     * exponent, twice for an infinity or NaN. A subnormal number gets an exponent that stands for 2^-14, which is then
     * subtracted: exact, and without a product of subnormals, which some processors take 150 cycles for.
     */
    private static FloatVector floats(ShortVector halves) {
        IntVector wide = (IntVector) halves.convertShape(VectorOperators.S2I, INT, 0);
        IntVector magnitude = wide.and(0x7FFF).lanewise(VectorOperators.LSHL, EXPONENT_SHIFT);
        VectorMask<Integer> subnormal = magnitude.compare(VectorOperators.LT, SMALLEST_NORMAL);
        VectorMask<Integer> notFinite = magnitude.compare(VectorOperators.GE, INFINITE);
        IntVector biased = magnitude.add(BIAS).add(ONE, subnormal).add(BIAS, notFinite);
        FloatVector value = biased.reinterpretAsFloats();
        FloatVector exact = value.sub(FloatVector.broadcast(FLOAT, 0x1p-14f), subnormal.cast(FLOAT));
        return exact.reinterpretAsInts().or(wide.and(0x80000000)).reinterpretAsFloats();
    }
}
