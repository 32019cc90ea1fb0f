package dev.vesper.tensor.kernel;

import dev.vesper.tensor.Format;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Weights in {@link Format#Q4_0}. An element is computed as {@code q * scale + (-8 * scale)} with one rounding, which is
 * exactly {@code (q - 8) * scale}; that is exact in float32, so every way to read it gives the same float.
 */
final class Q4_0Vector implements WeightReader {
    static final Q4_0Vector READER = new Q4_0Vector();
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int BLOCK = Format.Q4_0.blockSize();
    private static final int HALF = BLOCK / 2;
    private static final int BLOCK_BYTES = Format.Q4_0.blockBytes();
    private static final int SCALE_BYTES = 2;
    private static final int IN_FLIGHT = 4;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final VectorOperators.Conversion<Byte, Integer> WIDEN = VectorOperators.ZERO_EXTEND_B2I;
    /** The values of q = 0 ... 15 for a scale of one; used where a vector has sixteen lanes. */
    private static final FloatVector STEPS =
            ((FloatVector) IntVector.zero(ByteLanes.INT).addIndex(1).convert(VectorOperators.I2F, 0)).sub(8);

    private Q4_0Vector() {}

    @Override
    public void unpack(MemorySegment data, long byteOffset, int count, float[] out, int at, int step) {
        int blocks = count / BLOCK;
        int upper = HALF / Lanes.COUNT * step;
        int to = at;
        for (int b = 0; b < blocks; b++, to += upper) {
            long block = byteOffset + (long) BLOCK_BYTES * b;
            FloatVector scale = scale(data, block);
            FloatVector zero = scale.mul(-8);
            for (int j = 0; j < HALF; j += Lanes.COUNT, to += step) {
                IntVector pairs = ByteLanes.unsigned(data, block + SCALE_BYTES + j);
                low(pairs).fma(scale, zero).intoArray(out, to);
                high(pairs).fma(scale, zero).intoArray(out, to + upper);
            }
        }
    }

    @Override
    public int rows() {
        return Lanes.COUNT == HALF ? IN_FLIGHT : ROWS;
    }

    @Override
    public void dot(MemorySegment data, long byteOffset, long distance, int count, float[] x, int xAt, float[] sums) {
        if (Lanes.COUNT == HALF) {
            dotWholeHalves(data, byteOffset, distance, count, x, xAt, sums);
        } else {
            dotInParts(data, byteOffset, distance, count, x, xAt, sums);
        }
    }

    /**
     * A vector is half a block, so both nibbles of a byte are used at once, and the sixteen values that the block can have
     * fit into one vector, out of which they are picked: {@code selectFrom} looks at the low four bits of an index.
     */
    private static void dotWholeHalves(
            MemorySegment data, long byteOffset, long distance, int count, float[] x, int xAt, float[] sums) {
        FloatVector sum0 = FloatVector.zero(Lanes.FLOAT);
        FloatVector sum1 = sum0;
        FloatVector sum2 = sum0;
        FloatVector sum3 = sum0;
        int blocks = count / BLOCK;
        for (int b = 0; b < blocks; b++) {
            long block0 = byteOffset + (long) BLOCK_BYTES * b;
            long block1 = block0 + distance;
            long block2 = block1 + distance;
            long block3 = block2 + distance;
            FloatVector scale0 = FloatVector.broadcast(
                    Lanes.FLOAT, Float.float16ToFloat(data.get(SHORT, block0)));
            IntVector values0 = STEPS.mul(scale0).reinterpretAsInts();
            ByteVector bytes0 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, block0 + SCALE_BYTES, ORDER);
            IntVector pairs0 = (IntVector) bytes0.convertShape(WIDEN, ByteLanes.INT, 0);
            FloatVector scale1 = FloatVector.broadcast(
                    Lanes.FLOAT, Float.float16ToFloat(data.get(SHORT, block1)));
            IntVector values1 = STEPS.mul(scale1).reinterpretAsInts();
            ByteVector bytes1 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, block1 + SCALE_BYTES, ORDER);
            IntVector pairs1 = (IntVector) bytes1.convertShape(WIDEN, ByteLanes.INT, 0);
            FloatVector scale2 = FloatVector.broadcast(
                    Lanes.FLOAT, Float.float16ToFloat(data.get(SHORT, block2)));
            IntVector values2 = STEPS.mul(scale2).reinterpretAsInts();
            ByteVector bytes2 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, block2 + SCALE_BYTES, ORDER);
            IntVector pairs2 = (IntVector) bytes2.convertShape(WIDEN, ByteLanes.INT, 0);
            FloatVector scale3 = FloatVector.broadcast(
                    Lanes.FLOAT, Float.float16ToFloat(data.get(SHORT, block3)));
            IntVector values3 = STEPS.mul(scale3).reinterpretAsInts();
            ByteVector bytes3 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, block3 + SCALE_BYTES, ORDER);
            IntVector pairs3 = (IntVector) bytes3.convertShape(WIDEN, ByteLanes.INT, 0);
            FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, xAt + BLOCK * b);
            sum0 = v.fma(pairs0.selectFrom(values0).reinterpretAsFloats(), sum0);
            sum1 = v.fma(pairs1.selectFrom(values1).reinterpretAsFloats(), sum1);
            sum2 = v.fma(pairs2.selectFrom(values2).reinterpretAsFloats(), sum2);
            sum3 = v.fma(pairs3.selectFrom(values3).reinterpretAsFloats(), sum3);
            v = FloatVector.fromArray(Lanes.FLOAT, x, xAt + BLOCK * b + HALF);
            sum0 = v.fma(pairs0.lanewise(VectorOperators.LSHR, 4).selectFrom(values0).reinterpretAsFloats(), sum0);
            sum1 = v.fma(pairs1.lanewise(VectorOperators.LSHR, 4).selectFrom(values1).reinterpretAsFloats(), sum1);
            sum2 = v.fma(pairs2.lanewise(VectorOperators.LSHR, 4).selectFrom(values2).reinterpretAsFloats(), sum2);
            sum3 = v.fma(pairs3.lanewise(VectorOperators.LSHR, 4).selectFrom(values3).reinterpretAsFloats(), sum3);
        }
        sum0.intoArray(sums, MOST_ROWS);
        sum1.intoArray(sums, MOST_ROWS + Lanes.COUNT);
        sum2.intoArray(sums, MOST_ROWS + 2 * Lanes.COUNT);
        sum3.intoArray(sums, MOST_ROWS + 3 * Lanes.COUNT);
        Lanes.sumRows(sums, MOST_ROWS, IN_FLIGHT);
    }

    /** Narrower vectors go over the lower nibbles of a block first, and then over the upper ones: in order. */
    private static void dotInParts(
            MemorySegment data, long byteOffset, long distance, int count, float[] x, int xAt, float[] sums) {
        FloatVector sum0 = FloatVector.zero(Lanes.FLOAT);
        FloatVector sum1 = sum0;
        int blocks = count / BLOCK;
        for (int b = 0; b < blocks; b++) {
            long block0 = byteOffset + (long) BLOCK_BYTES * b;
            long block1 = block0 + distance;
            FloatVector scale0 = scale(data, block0);
            FloatVector scale1 = scale(data, block1);
            FloatVector zero0 = scale0.mul(-8);
            FloatVector zero1 = scale1.mul(-8);
            for (int j = 0; j < HALF; j += Lanes.COUNT) {
                FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, xAt + BLOCK * b + j);
                sum0 = v.fma(low(ByteLanes.unsigned(data, block0 + SCALE_BYTES + j)).fma(scale0, zero0), sum0);
                sum1 = v.fma(low(ByteLanes.unsigned(data, block1 + SCALE_BYTES + j)).fma(scale1, zero1), sum1);
            }
            for (int j = 0; j < HALF; j += Lanes.COUNT) {
                FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, xAt + BLOCK * b + HALF + j);
                sum0 = v.fma(high(ByteLanes.unsigned(data, block0 + SCALE_BYTES + j)).fma(scale0, zero0), sum0);
                sum1 = v.fma(high(ByteLanes.unsigned(data, block1 + SCALE_BYTES + j)).fma(scale1, zero1), sum1);
            }
        }
        sum0.intoArray(sums, ROWS);
        sum1.intoArray(sums, ROWS + Lanes.COUNT);
        Lanes.sumRows(sums, ROWS, ROWS);
    }

    private static FloatVector low(IntVector pairs) {
        return (FloatVector) pairs.and(0x0F).convert(VectorOperators.I2F, 0);
    }

    private static FloatVector high(IntVector pairs) {
        return (FloatVector) pairs.lanewise(VectorOperators.LSHR, 4).convert(VectorOperators.I2F, 0);
    }

    private static IntVector values(FloatVector scale) {
        return STEPS.mul(scale).reinterpretAsInts();
    }

    private static FloatVector scale(MemorySegment data, long block) {
        return FloatVector.broadcast(Lanes.FLOAT, Float.float16ToFloat(data.get(SHORT, block)));
    }
}
