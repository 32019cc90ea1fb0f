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
    public void prepare(MemorySegment data, long byteOffset, long distance, int count, float[] sums) {
        int blocks = count / BLOCK;
        for (int b = 0; b < blocks; b++) {
            long block = byteOffset + (long) BLOCK_BYTES * b;
            int to = ROWS + b * ROWS * RunScales.FLOATS_OF_8;
            RunScales.pairs(data, block, sums, to);
            RunScales.pairs(data, block + distance, sums, to + RunScales.FLOATS_OF_8);
        }
    }

    @Override
    public void dot(MemorySegment data, long byteOffset, long distance, int count, float[] x, int xAt, float[] sums) {
        if (Lanes.COUNT == RUN / 2) {
            dotWide(data, byteOffset, distance, count, x, xAt, sums);
        } else {
            dotInParts(data, byteOffset, distance, count, x, xAt, sums);
        }
    }

    /** A pair of groups at a time, each byte loaded once for both; written out, as below. */
    private static void dotWide(
            MemorySegment data, long byteOffset, long distance, int count, float[] x, int xAt, float[] sums) {
        FloatVector sum0 = FloatVector.zero(Lanes.FLOAT);
        FloatVector sum1 = sum0;
        int steps = count / STEP;
        for (int s = 0; s < steps; s++) {
            int inBlock = s % STEPS;
            long block = byteOffset + (long) BLOCK_BYTES * (s / STEPS);
            long quanta0 = block + QUANTA + inBlock * (long) GROUP;
            long quanta1 = quanta0 + distance;
            int run0 = ROWS + s / STEPS * ROWS * RunScales.FLOATS_OF_8 + inBlock * STEP / RUN;
            int run1 = run0 + RunScales.FLOATS_OF_8;
            int at = xAt + STEP * s;
            FloatVector low0 = FloatVector.broadcast(Lanes.FLOAT, sums[run0]);
            FloatVector lowAddend0 = FloatVector.broadcast(Lanes.FLOAT, sums[run0 + RunScales.ADDEND_OF_8]);
            FloatVector high0 = FloatVector.broadcast(Lanes.FLOAT, sums[run0 + 1]);
            FloatVector highAddend0 = FloatVector.broadcast(Lanes.FLOAT, sums[run0 + 1 + RunScales.ADDEND_OF_8]);
            ByteVector bytes0 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, quanta0, ORDER);
            IntVector first0 = (IntVector) bytes0.convertShape(WIDEN, ByteLanes.INT, 0);
            bytes0 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, quanta0 + Lanes.COUNT, ORDER);
            IntVector second0 = (IntVector) bytes0.convertShape(WIDEN, ByteLanes.INT, 0);
            FloatVector low1 = FloatVector.broadcast(Lanes.FLOAT, sums[run1]);
            FloatVector lowAddend1 = FloatVector.broadcast(Lanes.FLOAT, sums[run1 + RunScales.ADDEND_OF_8]);
            FloatVector high1 = FloatVector.broadcast(Lanes.FLOAT, sums[run1 + 1]);
            FloatVector highAddend1 = FloatVector.broadcast(Lanes.FLOAT, sums[run1 + 1 + RunScales.ADDEND_OF_8]);
            ByteVector bytes1 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, quanta1, ORDER);
            IntVector first1 = (IntVector) bytes1.convertShape(WIDEN, ByteLanes.INT, 0);
            bytes1 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, quanta1 + Lanes.COUNT, ORDER);
            IntVector second1 = (IntVector) bytes1.convertShape(WIDEN, ByteLanes.INT, 0);
            FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, at);
            FloatVector f0 = (FloatVector) first0.and(0x0F).convert(VectorOperators.I2F, 0);
            sum0 = v.fma(f0.fma(low0, lowAddend0), sum0);
            FloatVector f1 = (FloatVector) first1.and(0x0F).convert(VectorOperators.I2F, 0);
            sum1 = v.fma(f1.fma(low1, lowAddend1), sum1);
            v = FloatVector.fromArray(Lanes.FLOAT, x, at + Lanes.COUNT);
            f0 = (FloatVector) second0.and(0x0F).convert(VectorOperators.I2F, 0);
            sum0 = v.fma(f0.fma(low0, lowAddend0), sum0);
            f1 = (FloatVector) second1.and(0x0F).convert(VectorOperators.I2F, 0);
            sum1 = v.fma(f1.fma(low1, lowAddend1), sum1);
            v = FloatVector.fromArray(Lanes.FLOAT, x, at + GROUP);
            f0 = (FloatVector) first0.and(0xF0).convert(VectorOperators.I2F, 0);
            sum0 = v.fma(f0.fma(high0, highAddend0), sum0);
            f1 = (FloatVector) first1.and(0xF0).convert(VectorOperators.I2F, 0);
            sum1 = v.fma(f1.fma(high1, highAddend1), sum1);
            v = FloatVector.fromArray(Lanes.FLOAT, x, at + GROUP + Lanes.COUNT);
            f0 = (FloatVector) second0.and(0xF0).convert(VectorOperators.I2F, 0);
            sum0 = v.fma(f0.fma(high0, highAddend0), sum0);
            f1 = (FloatVector) second1.and(0xF0).convert(VectorOperators.I2F, 0);
            sum1 = v.fma(f1.fma(high1, highAddend1), sum1);
        }
        sum0.intoArray(sums, ROWS);
        sum1.intoArray(sums, ROWS + Lanes.COUNT);
        finish(sums);
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
        finish(sums);
    }

    private static void finish(float[] sums) {
        sums[0] = Lanes.sum(FloatVector.fromArray(Lanes.FLOAT, sums, ROWS));
        sums[1] = Lanes.sum(FloatVector.fromArray(Lanes.FLOAT, sums, ROWS + Lanes.COUNT));
    }

    // These stay small: what is large when C2 compiles it for itself is not inlined.

    private static FloatVector all(float value) {
        return FloatVector.broadcast(Lanes.FLOAT, value);
    }

    private static FloatVector floats(IntVector ints) {
        return (FloatVector) ints.convert(VectorOperators.I2F, 0);
    }
}
