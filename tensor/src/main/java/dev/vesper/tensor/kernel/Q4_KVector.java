package dev.vesper.tensor.kernel;

import dev.vesper.tensor.Format;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Weights in {@link Format#Q4_K}. Scale times q is exact in float32, so a fused multiply-add rounds as the codec does: once. */
final class Q4_KVector implements WeightReader {
    static final Q4_KVector READER = new Q4_KVector();
    private static final int BLOCK = Format.Q4_K.blockSize();
    private static final int BLOCK_BYTES = Format.Q4_K.blockBytes();
    /** Elements that lie in the same bits of as many bytes; two of these are a step of a loop. */
    private static final int GROUP = 32;
    private static final int STEP = 2 * GROUP;
    private static final int STEPS = BLOCK / STEP;
    private static final int RUN = 32;
    private static final int QUANTA = 16;
    private static final boolean WIDE = Lanes.COUNT == RUN / 2;
    private static final int IN_FLIGHT = 3;
    /** Scales lie behind the sums of each lane. */
    private static final int ROOM_AT = MOST_ROWS + IN_FLIGHT * Lanes.COUNT;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final VectorOperators.Conversion<Byte, Integer> WIDEN = VectorOperators.ZERO_EXTEND_B2I;

    private Q4_KVector() {}

    @Override
    public void unpack(MemorySegment data, long byteOffset, int count, float[] out, int at, int step) {
        float[] scales = new float[RunScales.FLOATS_OF_8];
        int to = at;
        int steps = count / STEP;
        for (int s = 0; s < steps; s++) {
            long block = byteOffset + (long) BLOCK_BYTES * (s / STEPS);
            int inBlock = s % STEPS;
            if (inBlock == 0) {
                RunScales.pairs(data, block, scales, 0);
            }
            long quanta = block + QUANTA + inBlock * (long) GROUP;
            for (int j = 0; j < GROUP; j += Lanes.COUNT, to += step) {
                int run = (inBlock * STEP + j) / RUN;
                IntVector q = ByteLanes.unsigned(data, quanta + j).and(0x0F);
                floats(q).fma(all(scales[run]), all(scales[run + RunScales.ADDEND_OF_8])).intoArray(out, to);
            }
            for (int j = 0; j < GROUP; j += Lanes.COUNT, to += step) {
                int run = (inBlock * STEP + GROUP + j) / RUN;
                IntVector q = ByteLanes.unsigned(data, quanta + j).and(0xF0);
                floats(q).fma(all(scales[run]), all(scales[run + RunScales.ADDEND_OF_8])).intoArray(out, to);
            }
        }
    }

    @Override
    public int rows() {
        return WIDE ? IN_FLIGHT : ROWS;
    }

    @Override
    public void prepare(MemorySegment data, long byteOffset, long distance, int count, float[] sums) {
        int blocks = count / BLOCK;
        if (WIDE) {
            RunScales.pairsAtOnce(data, byteOffset, blocks, BLOCK_BYTES, distance, IN_FLIGHT, sums, ROOM_AT);
            return;
        }
        for (int b = 0; b < blocks; b++) {
            long block = byteOffset + (long) BLOCK_BYTES * b;
            int to = ROWS + b * ROWS * RunScales.FLOATS_OF_8;
            RunScales.pairs(data, block, sums, to);
            RunScales.pairs(data, block + distance, sums, to + RunScales.FLOATS_OF_8);
        }
    }

    @Override
    public void dot(MemorySegment data, long byteOffset, long distance, int count, float[] x, int xAt, float[] sums) {
        if (WIDE) {
            dotWide(data, byteOffset, distance, count, x, xAt, sums);
        } else {
            dotInParts(data, byteOffset, distance, count, x, xAt, sums);
        }
    }

    /** {@link #IN_FLIGHT} streams, each byte loaded once for both nibbles; written out, as below. */
    private static void dotWide(
            MemorySegment data, long byteOffset, long distance, int count, float[] x, int xAt, float[] sums) {
        FloatVector sum0 = FloatVector.zero(Lanes.FLOAT);
        FloatVector sum1 = sum0;
        FloatVector sum2 = sum0;
        int steps = count / STEP;
        for (int s = 0; s < steps; s++) {
            // 32 bytes for each step and 16 for each block before
            long quanta0 = byteOffset + QUANTA + (long) GROUP * s + (long) QUANTA * (s >>> 2);
            int run0 = ROOM_AT + (s >>> 2) * IN_FLIGHT * RunScales.FLOATS_OF_8 + (s & 3) * 2;
            int at = xAt + STEP * s;
            long quanta1 = quanta0 + distance;
            long quanta2 = quanta1 + distance;
            int run1 = run0 + RunScales.FLOATS_OF_8;
            int run2 = run1 + RunScales.FLOATS_OF_8;
            ByteVector bytes0 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, quanta0, ORDER);
            IntVector first0 = (IntVector) bytes0.convertShape(WIDEN, ByteLanes.INT, 0);
            bytes0 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, quanta0 + Lanes.COUNT, ORDER);
            IntVector second0 = (IntVector) bytes0.convertShape(WIDEN, ByteLanes.INT, 0);
            ByteVector bytes1 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, quanta1, ORDER);
            IntVector first1 = (IntVector) bytes1.convertShape(WIDEN, ByteLanes.INT, 0);
            bytes1 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, quanta1 + Lanes.COUNT, ORDER);
            IntVector second1 = (IntVector) bytes1.convertShape(WIDEN, ByteLanes.INT, 0);
            ByteVector bytes2 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, quanta2, ORDER);
            IntVector first2 = (IntVector) bytes2.convertShape(WIDEN, ByteLanes.INT, 0);
            bytes2 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, quanta2 + Lanes.COUNT, ORDER);
            IntVector second2 = (IntVector) bytes2.convertShape(WIDEN, ByteLanes.INT, 0);
            FloatVector scale0 = FloatVector.broadcast(Lanes.FLOAT, sums[run0]);
            FloatVector addend0 = FloatVector.broadcast(Lanes.FLOAT, sums[run0 + RunScales.ADDEND_OF_8]);
            FloatVector scale1 = FloatVector.broadcast(Lanes.FLOAT, sums[run1]);
            FloatVector addend1 = FloatVector.broadcast(Lanes.FLOAT, sums[run1 + RunScales.ADDEND_OF_8]);
            FloatVector scale2 = FloatVector.broadcast(Lanes.FLOAT, sums[run2]);
            FloatVector addend2 = FloatVector.broadcast(Lanes.FLOAT, sums[run2 + RunScales.ADDEND_OF_8]);
            FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, at);
            FloatVector f0 = (FloatVector) first0.and(0x0F).convert(VectorOperators.I2F, 0);
            sum0 = v.fma(f0.fma(scale0, addend0), sum0);
            FloatVector f1 = (FloatVector) first1.and(0x0F).convert(VectorOperators.I2F, 0);
            sum1 = v.fma(f1.fma(scale1, addend1), sum1);
            FloatVector f2 = (FloatVector) first2.and(0x0F).convert(VectorOperators.I2F, 0);
            sum2 = v.fma(f2.fma(scale2, addend2), sum2);
            v = FloatVector.fromArray(Lanes.FLOAT, x, at + Lanes.COUNT);
            f0 = (FloatVector) second0.and(0x0F).convert(VectorOperators.I2F, 0);
            sum0 = v.fma(f0.fma(scale0, addend0), sum0);
            f1 = (FloatVector) second1.and(0x0F).convert(VectorOperators.I2F, 0);
            sum1 = v.fma(f1.fma(scale1, addend1), sum1);
            f2 = (FloatVector) second2.and(0x0F).convert(VectorOperators.I2F, 0);
            sum2 = v.fma(f2.fma(scale2, addend2), sum2);
            scale0 = FloatVector.broadcast(Lanes.FLOAT, sums[run0 + 1]);
            addend0 = FloatVector.broadcast(Lanes.FLOAT, sums[run0 + 1 + RunScales.ADDEND_OF_8]);
            scale1 = FloatVector.broadcast(Lanes.FLOAT, sums[run1 + 1]);
            addend1 = FloatVector.broadcast(Lanes.FLOAT, sums[run1 + 1 + RunScales.ADDEND_OF_8]);
            scale2 = FloatVector.broadcast(Lanes.FLOAT, sums[run2 + 1]);
            addend2 = FloatVector.broadcast(Lanes.FLOAT, sums[run2 + 1 + RunScales.ADDEND_OF_8]);
            v = FloatVector.fromArray(Lanes.FLOAT, x, at + GROUP);
            f0 = (FloatVector) first0.and(0xF0).convert(VectorOperators.I2F, 0);
            sum0 = v.fma(f0.fma(scale0, addend0), sum0);
            f1 = (FloatVector) first1.and(0xF0).convert(VectorOperators.I2F, 0);
            sum1 = v.fma(f1.fma(scale1, addend1), sum1);
            f2 = (FloatVector) first2.and(0xF0).convert(VectorOperators.I2F, 0);
            sum2 = v.fma(f2.fma(scale2, addend2), sum2);
            v = FloatVector.fromArray(Lanes.FLOAT, x, at + GROUP + Lanes.COUNT);
            f0 = (FloatVector) second0.and(0xF0).convert(VectorOperators.I2F, 0);
            sum0 = v.fma(f0.fma(scale0, addend0), sum0);
            f1 = (FloatVector) second1.and(0xF0).convert(VectorOperators.I2F, 0);
            sum1 = v.fma(f1.fma(scale1, addend1), sum1);
            f2 = (FloatVector) second2.and(0xF0).convert(VectorOperators.I2F, 0);
            sum2 = v.fma(f2.fma(scale2, addend2), sum2);
        }
        sum0.intoArray(sums, MOST_ROWS);
        sum1.intoArray(sums, MOST_ROWS + Lanes.COUNT);
        sum2.intoArray(sums, MOST_ROWS + 2 * Lanes.COUNT);
        Lanes.sumRows(sums, MOST_ROWS, IN_FLIGHT);
    }

    /**
     * Two groups at a time, written out without methods of ours: C2 inlines those of the Vector API always, but of others
     * only so many, and what it leaves out makes an object of each vector.
     */
    private static void dotInParts(
            MemorySegment data, long byteOffset, long distance, int count, float[] x, int xAt, float[] sums) {
        FloatVector sum0 = FloatVector.zero(Lanes.FLOAT);
        FloatVector sum1 = sum0;
        int steps = count / STEP;
        for (int s = 0; s < steps; s++) {
            int inBlock = s % STEPS;
            long block = byteOffset + (long) BLOCK_BYTES * (s / STEPS);
            long quanta0 = block + QUANTA - ByteLanes.BEFORE + inBlock * (long) GROUP;
            long quanta1 = quanta0 + distance;
            int scales = ROWS + s / STEPS * ROWS * RunScales.FLOATS_OF_8 + inBlock * STEP / RUN;
            int at = xAt + STEP * s;
            for (int j = 0; j < GROUP; j += Lanes.COUNT) {
                int run0 = scales + j / RUN;
                int run1 = run0 + RunScales.FLOATS_OF_8;
                FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, at + j);
                ByteVector bytes0 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, quanta0 + j, ORDER);
                IntVector q0 = ((IntVector) bytes0.convertShape(WIDEN, ByteLanes.INT, ByteLanes.PART)).and(0x0F);
                FloatVector scale0 = FloatVector.broadcast(Lanes.FLOAT, sums[run0]);
                FloatVector addend0 = FloatVector.broadcast(Lanes.FLOAT, sums[run0 + RunScales.ADDEND_OF_8]);
                sum0 = v.fma(((FloatVector) q0.convert(VectorOperators.I2F, 0)).fma(scale0, addend0), sum0);
                ByteVector bytes1 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, quanta1 + j, ORDER);
                IntVector q1 = ((IntVector) bytes1.convertShape(WIDEN, ByteLanes.INT, ByteLanes.PART)).and(0x0F);
                FloatVector scale1 = FloatVector.broadcast(Lanes.FLOAT, sums[run1]);
                FloatVector addend1 = FloatVector.broadcast(Lanes.FLOAT, sums[run1 + RunScales.ADDEND_OF_8]);
                sum1 = v.fma(((FloatVector) q1.convert(VectorOperators.I2F, 0)).fma(scale1, addend1), sum1);
            }
            for (int j = 0; j < GROUP; j += Lanes.COUNT) {
                int run0 = scales + (GROUP + j) / RUN;
                int run1 = run0 + RunScales.FLOATS_OF_8;
                FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, at + GROUP + j);
                ByteVector bytes0 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, quanta0 + j, ORDER);
                IntVector q0 = ((IntVector) bytes0.convertShape(WIDEN, ByteLanes.INT, ByteLanes.PART)).and(0xF0);
                FloatVector scale0 = FloatVector.broadcast(Lanes.FLOAT, sums[run0]);
                FloatVector addend0 = FloatVector.broadcast(Lanes.FLOAT, sums[run0 + RunScales.ADDEND_OF_8]);
                sum0 = v.fma(((FloatVector) q0.convert(VectorOperators.I2F, 0)).fma(scale0, addend0), sum0);
                ByteVector bytes1 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, quanta1 + j, ORDER);
                IntVector q1 = ((IntVector) bytes1.convertShape(WIDEN, ByteLanes.INT, ByteLanes.PART)).and(0xF0);
                FloatVector scale1 = FloatVector.broadcast(Lanes.FLOAT, sums[run1]);
                FloatVector addend1 = FloatVector.broadcast(Lanes.FLOAT, sums[run1 + RunScales.ADDEND_OF_8]);
                sum1 = v.fma(((FloatVector) q1.convert(VectorOperators.I2F, 0)).fma(scale1, addend1), sum1);
            }
        }
        sum0.intoArray(sums, ROWS);
        sum1.intoArray(sums, ROWS + Lanes.COUNT);
        Lanes.sumRows(sums, ROWS, ROWS);
    }

    // These stay small: what is large when C2 compiles it for itself is not inlined.

    private static FloatVector all(float value) {
        return FloatVector.broadcast(Lanes.FLOAT, value);
    }

    private static FloatVector floats(IntVector ints) {
        return (FloatVector) ints.convert(VectorOperators.I2F, 0);
    }
}
