package dev.vesper.tensor.kernel;

import dev.vesper.tensor.Format;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Weights in {@link Format#Q3_K}. All products are exact in float32, so every way to read it gives the same float. */
final class Q3_KVector implements WeightReader {
    static final Q3_KVector READER = new Q3_KVector();
    private static final int BLOCK = Format.Q3_K.blockSize();
    private static final int BLOCK_BYTES = Format.Q3_K.blockBytes();
    /** Elements that lie in the same bits of as many bytes. */
    private static final int GROUP = 32;
    private static final int GROUPS = BLOCK / GROUP;
    private static final int STEP = 2 * GROUP;
    private static final int STEPS = BLOCK / STEP;
    private static final int RUN = 16;
    private static final int LOWER = 32;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final VectorOperators.Conversion<Byte, Integer> WIDEN = VectorOperators.ZERO_EXTEND_B2I;

    private Q3_KVector() {}

    @Override
    public void unpack(MemorySegment data, long byteOffset, int count, float[] out, int at, int step) {
        float[] scales = new float[RunScales.FLOATS_OF_16];
        int to = at;
        int groups = count / GROUP;
        for (int g = 0; g < groups; g++) {
            long block = byteOffset + (long) BLOCK_BYTES * (g / GROUPS);
            int inBlock = g % GROUPS;
            if (inBlock == 0) {
                RunScales.sixBits(data, block, scales, 0);
            }
            long lowers = block + LOWER + inBlock / 4 * (long) GROUP;
            long thirds = block;
            int pair = inBlock % 4 * 2;
            int right = 6 + inBlock - pair;
            for (int j = 0; j < GROUP; j += Lanes.COUNT, to += step) {
                int run = (inBlock * GROUP + j) / RUN;
                IntVector q = ByteLanes.unsigned(data, lowers + j).and(0x03 << pair)
                        .or(ByteLanes.unsigned(data, thirds + j, 8, right).and(0x04 << pair));
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
            RunScales.sixBits(data, block, sums, to);
            RunScales.sixBits(data, block + distance, sums, to + RunScales.FLOATS_OF_16);
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
            long lowers0 = block + LOWER + inBlock / 2 * (long) GROUP;
            long lowers1 = lowers0 + distance;
            long thirds1 = block + distance;
            int shift = inBlock % 2 * 4;
            int right = 2 + inBlock / 2 * 4 - shift / 2;
            int scales = ROWS + s / STEPS * ROWS * RunScales.FLOATS_OF_16 + inBlock * STEP / RUN;
            int at = xAt + STEP * s;
            for (int j = 0; j < GROUP; j += Lanes.COUNT) {
                int run0 = scales + j / RUN;
                int run1 = run0 + RunScales.FLOATS_OF_16;
                FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, at + j);
                ByteVector bytes0 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, lowers0 + j, ORDER);
                ByteVector third0 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, block + j, ORDER);
                IntVector q0 = ((IntVector) third0.convertShape(WIDEN, ByteLanes.INT, 0))
                        .lanewise(VectorOperators.LSHL, 4).lanewise(VectorOperators.LSHR, right).and(0x04 << shift);
                q0 = q0.or(((IntVector) bytes0.convertShape(WIDEN, ByteLanes.INT, 0)).and(0x03 << shift));
                FloatVector scale0 = FloatVector.broadcast(Lanes.FLOAT, sums[run0]);
                FloatVector addend0 = FloatVector.broadcast(Lanes.FLOAT, sums[run0 + RunScales.ADDEND_OF_16]);
                sum0 = v.fma(((FloatVector) q0.convert(VectorOperators.I2F, 0)).fma(scale0, addend0), sum0);
                ByteVector bytes1 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, lowers1 + j, ORDER);
                ByteVector third1 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, thirds1 + j, ORDER);
                IntVector q1 = ((IntVector) third1.convertShape(WIDEN, ByteLanes.INT, 0))
                        .lanewise(VectorOperators.LSHL, 4).lanewise(VectorOperators.LSHR, right).and(0x04 << shift);
                q1 = q1.or(((IntVector) bytes1.convertShape(WIDEN, ByteLanes.INT, 0)).and(0x03 << shift));
                FloatVector scale1 = FloatVector.broadcast(Lanes.FLOAT, sums[run1]);
                FloatVector addend1 = FloatVector.broadcast(Lanes.FLOAT, sums[run1 + RunScales.ADDEND_OF_16]);
                sum1 = v.fma(((FloatVector) q1.convert(VectorOperators.I2F, 0)).fma(scale1, addend1), sum1);
            }
            for (int j = 0; j < GROUP; j += Lanes.COUNT) {
                int run0 = scales + (GROUP + j) / RUN;
                int run1 = run0 + RunScales.FLOATS_OF_16;
                FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, at + GROUP + j);
                ByteVector bytes0 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, lowers0 + j, ORDER);
                ByteVector third0 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, block + j, ORDER);
                IntVector q0 = ((IntVector) third0.convertShape(WIDEN, ByteLanes.INT, 0))
                        .lanewise(VectorOperators.LSHL, 5).lanewise(VectorOperators.LSHR, right).and(0x10 << shift);
                q0 = q0.or(((IntVector) bytes0.convertShape(WIDEN, ByteLanes.INT, 0)).and(0x0C << shift));
                FloatVector scale0 = FloatVector.broadcast(Lanes.FLOAT, sums[run0]);
                FloatVector addend0 = FloatVector.broadcast(Lanes.FLOAT, sums[run0 + RunScales.ADDEND_OF_16]);
                sum0 = v.fma(((FloatVector) q0.convert(VectorOperators.I2F, 0)).fma(scale0, addend0), sum0);
                ByteVector bytes1 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, lowers1 + j, ORDER);
                ByteVector third1 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, thirds1 + j, ORDER);
                IntVector q1 = ((IntVector) third1.convertShape(WIDEN, ByteLanes.INT, 0))
                        .lanewise(VectorOperators.LSHL, 5).lanewise(VectorOperators.LSHR, right).and(0x10 << shift);
                q1 = q1.or(((IntVector) bytes1.convertShape(WIDEN, ByteLanes.INT, 0)).and(0x0C << shift));
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
