package dev.vesper.tensor.kernel;

import dev.vesper.tensor.Format;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Weights in {@link Format#Q5_K}. Scale times q is exact in float32, so a fused multiply-add rounds as the codec does: once. */
final class Q5_KVector implements WeightReader {
    static final Q5_KVector READER = new Q5_KVector();
    private static final int BLOCK = Format.Q5_K.blockSize();
    private static final int BLOCK_BYTES = Format.Q5_K.blockBytes();
    /** Elements that lie in the same bits of as many bytes. */
    private static final int GROUP = 32;
    private static final int GROUPS = BLOCK / GROUP;
    private static final int RUN = 32;
    private static final int FIFTH_BITS = 16;
    private static final int NIBBLES = 48;

    private Q5_KVector() {}

    @Override
    public void unpack(MemorySegment data, long byteOffset, int count, float[] out, int at, int step) {
        float[] scales = new float[RunScales.FLOATS_OF_8];
        int to = at;
        int groups = count / GROUP;
        for (int g = 0; g < groups; g++) {
            long block = byteOffset + (long) BLOCK_BYTES * (g / GROUPS);
            int inBlock = g % GROUPS;
            if (inBlock == 0) {
                RunScales.pairs(data, block, scales, 0);
            }
            long quanta = block + NIBBLES + inBlock / 2 * (long) GROUP;
            long fifths = block + FIFTH_BITS;
            int nibble = inBlock % 2 * 4;
            int right = 4 + inBlock - nibble;
            for (int j = 0; j < GROUP; j += Lanes.COUNT, to += step) {
                int run = (inBlock * GROUP + j) / RUN;
                IntVector q = ByteLanes.unsigned(data, quanta + j).and(0x0F << nibble)
                        .or(ByteLanes.unsigned(data, fifths + j, 8, right).and(0x10 << nibble));
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
        FloatVector sum0 = FloatVector.zero(Lanes.FLOAT);
        FloatVector sum1 = sum0;
        int groups = count / GROUP;
        for (int g = 0; g < groups; g++) {
            long block = byteOffset + (long) BLOCK_BYTES * (g / GROUPS);
            int inBlock = g % GROUPS;
            int scales = ROWS + g / GROUPS * ROWS * RunScales.FLOATS_OF_8 + inBlock * GROUP / RUN;
            int at = xAt + GROUP * g;
            long quanta0 = block + NIBBLES + inBlock / 2 * (long) GROUP;
            long quanta1 = quanta0 + distance;
            long fifths0 = block + FIFTH_BITS;
            long fifths1 = fifths0 + distance;
            int nibble = inBlock % 2 * 4;
            int right = 4 + inBlock - nibble;
            for (int j = 0; j < GROUP; j += Lanes.COUNT) {
                int run0 = scales + j / RUN;
                int run1 = run0 + RunScales.FLOATS_OF_8;
                FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, at + j);
                IntVector q0 = ByteLanes.unsigned(data, quanta0 + j).and(0x0F << nibble)
                        .or(ByteLanes.unsigned(data, fifths0 + j, 8, right).and(0x10 << nibble));
                IntVector q1 = ByteLanes.unsigned(data, quanta1 + j).and(0x0F << nibble)
                        .or(ByteLanes.unsigned(data, fifths1 + j, 8, right).and(0x10 << nibble));
                sum0 = v.fma(floats(q0).fma(all(sums[run0]), all(sums[run0 + RunScales.ADDEND_OF_8])), sum0);
                sum1 = v.fma(floats(q1).fma(all(sums[run1]), all(sums[run1 + RunScales.ADDEND_OF_8])), sum1);
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
