package dev.vesper.tensor.kernel;

import dev.vesper.tensor.Format;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Weights in {@link Format#Q6_K}. All products are exact in float32, so every way to read it gives the same float. */
final class Q6_KVector implements WeightReader {
    static final Q6_KVector READER = new Q6_KVector();
    private static final int BLOCK = Format.Q6_K.blockSize();
    private static final int BLOCK_BYTES = Format.Q6_K.blockBytes();
    /** Elements that lie in the same bits of as many bytes. */
    private static final int GROUP = 32;
    private static final int GROUPS = BLOCK / GROUP;
    private static final int RUN = 16;
    private static final int UPPER = 128;

    private Q6_KVector() {}

    @Override
    public void unpack(MemorySegment data, long byteOffset, int count, float[] out, int at, int step) {
        float[] scales = new float[RunScales.FLOATS_OF_16];
        int to = at;
        int groups = count / GROUP;
        for (int g = 0; g < groups; g++) {
            long block = byteOffset + (long) BLOCK_BYTES * (g / GROUPS);
            int inBlock = g % GROUPS;
            if (inBlock == 0) {
                RunScales.bytes(data, block, scales, 0);
            }
            long lowers = block + inBlock / 4 * 64L + inBlock % 2 * 32L;
            long uppers = block + UPPER + inBlock / 4 * (long) GROUP;
            int nibble = inBlock / 2 % 2 * 4;
            int left = 4 - inBlock % 2 * 2;
            for (int j = 0; j < GROUP; j += Lanes.COUNT, to += step) {
                int run = (inBlock * GROUP + j) / RUN;
                IntVector q = ByteLanes.unsigned(data, lowers + j).and(0x0F << nibble)
                        .or(ByteLanes.unsigned(data, uppers + j).lanewise(VectorOperators.LSHL, left)
                                .and(0x30 << nibble));
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
            RunScales.bytes(data, block, sums, to);
            RunScales.bytes(data, block + distance, sums, to + RunScales.FLOATS_OF_16);
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
            int scales = ROWS + g / GROUPS * ROWS * RunScales.FLOATS_OF_16 + inBlock * GROUP / RUN;
            int at = xAt + GROUP * g;
            long lowers0 = block + inBlock / 4 * 64L + inBlock % 2 * 32L;
            long lowers1 = lowers0 + distance;
            long uppers0 = block + UPPER + inBlock / 4 * (long) GROUP;
            long uppers1 = uppers0 + distance;
            int nibble = inBlock / 2 % 2 * 4;
            int left = 4 - inBlock % 2 * 2;
            for (int j = 0; j < GROUP; j += Lanes.COUNT) {
                int run0 = scales + j / RUN;
                int run1 = run0 + RunScales.FLOATS_OF_16;
                FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, at + j);
                IntVector q0 = ByteLanes.unsigned(data, lowers0 + j).and(0x0F << nibble)
                        .or(ByteLanes.unsigned(data, uppers0 + j).lanewise(VectorOperators.LSHL, left)
                                .and(0x30 << nibble));
                IntVector q1 = ByteLanes.unsigned(data, lowers1 + j).and(0x0F << nibble)
                        .or(ByteLanes.unsigned(data, uppers1 + j).lanewise(VectorOperators.LSHL, left)
                                .and(0x30 << nibble));
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
