package dev.vesper.tensor.kernel;

import dev.vesper.tensor.Format;
import java.lang.foreign.MemorySegment;
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

    @Override
    public void dot(MemorySegment data, long byteOffset, long distance, int count, float[] x, int xAt, float[] sums) {
        FloatVector sum0 = FloatVector.zero(Lanes.FLOAT);
        FloatVector sum1 = sum0;
        int steps = count / STEP;
        for (int s = 0; s < steps; s++) {
            long block = byteOffset + (long) BLOCK_BYTES * (s / STEPS);
            int inBlock = s % STEPS;
            int scales = ROWS + s / STEPS * ROWS * RunScales.FLOATS_OF_16 + inBlock * STEP / RUN;
            int at = xAt + STEP * s;
            long quanta0 = block + QUANTA + inBlock / 2 * (long) GROUP;
            long quanta1 = quanta0 + distance;
            int shift = inBlock % 2 * 4;
            for (int j = 0; j < GROUP; j += Lanes.COUNT) {
                int run0 = scales + j / RUN;
                int run1 = run0 + RunScales.FLOATS_OF_16;
                FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, at + j);
                IntVector q0 = ByteLanes.unsigned(data, quanta0 + j).and(0x03 << shift);
                IntVector q1 = ByteLanes.unsigned(data, quanta1 + j).and(0x03 << shift);
                sum0 = v.fma(floats(q0).fma(all(sums[run0]), all(sums[run0 + RunScales.ADDEND_OF_16])), sum0);
                sum1 = v.fma(floats(q1).fma(all(sums[run1]), all(sums[run1 + RunScales.ADDEND_OF_16])), sum1);
            }
            for (int j = 0; j < GROUP; j += Lanes.COUNT) {
                int run0 = scales + (GROUP + j) / RUN;
                int run1 = run0 + RunScales.FLOATS_OF_16;
                FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, at + GROUP + j);
                IntVector q0 = ByteLanes.unsigned(data, quanta0 + j).and(0x0C << shift);
                IntVector q1 = ByteLanes.unsigned(data, quanta1 + j).and(0x0C << shift);
                sum0 = v.fma(floats(q0).fma(all(sums[run0]), all(sums[run0 + RunScales.ADDEND_OF_16])), sum0);
                sum1 = v.fma(floats(q1).fma(all(sums[run1]), all(sums[run1 + RunScales.ADDEND_OF_16])), sum1);
            }
        }
        sums[0] = Lanes.sum(sum0);
        sums[1] = Lanes.sum(sum1);
    }

    // These stay small: what is large when C2 compiles it for itself is not inlined.

    private static FloatVector all(float value) {
        return FloatVector.broadcast(Lanes.FLOAT, value);
    }

    private static FloatVector floats(IntVector ints) {
        return (FloatVector) ints.convert(VectorOperators.I2F, 0);
    }
}
