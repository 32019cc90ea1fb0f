package dev.vesper.tensor.kernel;

import dev.vesper.tensor.Format;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Weights in {@link Format#Q2_K}. Scale times q is exact in float32, so a fused multiply-add rounds as the codec does: once. */
final class Q2_KVector implements WeightReader {
    static final Q2_KVector READER = new Q2_KVector();
    private static final int BLOCK = Format.Q2_K.blockSize();
    private static final int BLOCK_BYTES = Format.Q2_K.blockBytes();
    /** Elements that lie in the same bits of as many bytes; two of these are a step of a loop. */
    private static final int GROUP = 32;
    private static final int STEP = 2 * GROUP;
    private static final int STEPS = BLOCK / STEP;
    private static final int RUN = 16;
    private static final int QUANTA = 16;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final VectorOperators.Conversion<Byte, Integer> WIDEN = VectorOperators.ZERO_EXTEND_B2I;

    private Q2_KVector() {}

    @Override
    public void unpack(MemorySegment data, long byteOffset, int count, float[] out, int at, int step) {
        float[] scales = new float[RunScales.FLOATS_OF_16];
        int to = at;
        int steps = count / STEP;
        for (int s = 0; s < steps; s++) {
            long block = byteOffset + (long) BLOCK_BYTES * (s / STEPS);
            int inBlock = s % STEPS;
            if (inBlock == 0) {
                RunScales.nibbles(data, block, scales, 0);
            }
            long quanta = block + QUANTA + inBlock / 2 * (long) GROUP;
            int shift = inBlock % 2 * 4;
            for (int j = 0; j < GROUP; j += Lanes.COUNT, to += step) {
                int run = (inBlock * STEP + j) / RUN;
                IntVector q = ByteLanes.unsigned(data, quanta + j).and(0x03 << shift);
                floats(q).fma(all(scales[run]), all(scales[run + RunScales.ADDEND_OF_16])).intoArray(out, to);
            }
            for (int j = 0; j < GROUP; j += Lanes.COUNT, to += step) {
                int run = (inBlock * STEP + GROUP + j) / RUN;
                IntVector q = ByteLanes.unsigned(data, quanta + j).and(0x0C << shift);
                floats(q).fma(all(scales[run]), all(scales[run + RunScales.ADDEND_OF_16])).intoArray(out, to);
            }
        }
    }

    @Override
    public void prepare(MemorySegment data, long byteOffset, long distance, int count, float[] sums) {
        int blocks = count / BLOCK;
        for (int b = 0; b < blocks; b++) {
            long block = byteOffset + (long) BLOCK_BYTES * b;
            int to = ROWS + b * ROWS * RunScales.FLOATS_OF_16;
            RunScales.nibbles(data, block, sums, to);
            RunScales.nibbles(data, block + distance, sums, to + RunScales.FLOATS_OF_16);
        }
    }

    /**
     * Two groups at a time, written out without methods of ours: C2 inlines those of the Vector API always, but of others
     * only so many, and what it leaves out makes an object of each vector.
     */
    @Override
    public void dot(MemorySegment data, long byteOffset, long distance, int count, float[] x, int xAt, float[] sums) {
        FloatVector sum0 = FloatVector.zero(Lanes.FLOAT);
        FloatVector sum1 = sum0;
        int steps = count / STEP;
        for (int s = 0; s < steps; s++) {
            int inBlock = s % STEPS;
            long block = byteOffset + (long) BLOCK_BYTES * (s / STEPS);
            long quanta0 = block + QUANTA - ByteLanes.BEFORE + inBlock / 2 * (long) GROUP;
            long quanta1 = quanta0 + distance;
            int first = 0x03 << inBlock % 2 * 4;
            int second = 0x0C << inBlock % 2 * 4;
            int scales = ROWS + s / STEPS * ROWS * RunScales.FLOATS_OF_16 + inBlock * STEP / RUN;
            int at = xAt + STEP * s;
            for (int j = 0; j < GROUP; j += Lanes.COUNT) {
                int run0 = scales + j / RUN;
                int run1 = run0 + RunScales.FLOATS_OF_16;
                FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, at + j);
                ByteVector bytes0 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, quanta0 + j, ORDER);
                IntVector q0 = ((IntVector) bytes0.convertShape(WIDEN, ByteLanes.INT, ByteLanes.PART)).and(first);
                FloatVector scale0 = FloatVector.broadcast(Lanes.FLOAT, sums[run0]);
                FloatVector addend0 = FloatVector.broadcast(Lanes.FLOAT, sums[run0 + RunScales.ADDEND_OF_16]);
                sum0 = v.fma(((FloatVector) q0.convert(VectorOperators.I2F, 0)).fma(scale0, addend0), sum0);
                ByteVector bytes1 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, quanta1 + j, ORDER);
                IntVector q1 = ((IntVector) bytes1.convertShape(WIDEN, ByteLanes.INT, ByteLanes.PART)).and(first);
                FloatVector scale1 = FloatVector.broadcast(Lanes.FLOAT, sums[run1]);
                FloatVector addend1 = FloatVector.broadcast(Lanes.FLOAT, sums[run1 + RunScales.ADDEND_OF_16]);
                sum1 = v.fma(((FloatVector) q1.convert(VectorOperators.I2F, 0)).fma(scale1, addend1), sum1);
            }
            for (int j = 0; j < GROUP; j += Lanes.COUNT) {
                int run0 = scales + (GROUP + j) / RUN;
                int run1 = run0 + RunScales.FLOATS_OF_16;
                FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, at + GROUP + j);
                ByteVector bytes0 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, quanta0 + j, ORDER);
                IntVector q0 = ((IntVector) bytes0.convertShape(WIDEN, ByteLanes.INT, ByteLanes.PART)).and(second);
                FloatVector scale0 = FloatVector.broadcast(Lanes.FLOAT, sums[run0]);
                FloatVector addend0 = FloatVector.broadcast(Lanes.FLOAT, sums[run0 + RunScales.ADDEND_OF_16]);
                sum0 = v.fma(((FloatVector) q0.convert(VectorOperators.I2F, 0)).fma(scale0, addend0), sum0);
                ByteVector bytes1 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, quanta1 + j, ORDER);
                IntVector q1 = ((IntVector) bytes1.convertShape(WIDEN, ByteLanes.INT, ByteLanes.PART)).and(second);
                FloatVector scale1 = FloatVector.broadcast(Lanes.FLOAT, sums[run1]);
                FloatVector addend1 = FloatVector.broadcast(Lanes.FLOAT, sums[run1 + RunScales.ADDEND_OF_16]);
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
