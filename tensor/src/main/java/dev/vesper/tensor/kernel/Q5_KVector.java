package dev.vesper.tensor.kernel;

import dev.vesper.tensor.Format;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
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
    private static final int STEP = 2 * GROUP;
    private static final int STEPS = BLOCK / STEP;
    private static final int RUN = 32;
    private static final int FIFTH_BITS = 16;
    private static final int NIBBLES = 48;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final VectorOperators.Conversion<Byte, Integer> WIDEN = VectorOperators.ZERO_EXTEND_B2I;

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
        if (Lanes.COUNT == 16) {
            RunScales.pairsAtOnce(data, byteOffset, blocks, BLOCK_BYTES, distance, ROWS, sums, ROWS);
            return;
        }
        for (int b = 0; b < blocks; b++) {
            long block = byteOffset + (long) BLOCK_BYTES * b;
            int to = ROWS + b * ROWS * RunScales.FLOATS_OF_8;
            RunScales.pairs(data, block, sums, to);
            RunScales.pairs(data, block + distance, sums, to + RunScales.FLOATS_OF_8);
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
            long quanta0 = block + NIBBLES - ByteLanes.BEFORE + inBlock * (long) GROUP;
            long quanta1 = quanta0 + distance;
            long fifths0 = block + FIFTH_BITS - ByteLanes.BEFORE;
            long fifths1 = fifths0 + distance;
            int right = 2 * inBlock;
            int scales = ROWS + s / STEPS * ROWS * RunScales.FLOATS_OF_8 + inBlock * STEP / RUN;
            int at = xAt + STEP * s;
            for (int j = 0; j < GROUP; j += Lanes.COUNT) {
                int run0 = scales + j / RUN;
                int run1 = run0 + RunScales.FLOATS_OF_8;
                FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, at + j);
                ByteVector bytes0 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, quanta0 + j, ORDER);
                ByteVector fifth0 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, fifths0 + j, ORDER);
                IntVector q0 = ((IntVector) fifth0.convertShape(WIDEN, ByteLanes.INT, ByteLanes.PART))
                        .lanewise(VectorOperators.LSHL, 4).lanewise(VectorOperators.LSHR, right).and(0x10);
                q0 = q0.or(((IntVector) bytes0.convertShape(WIDEN, ByteLanes.INT, ByteLanes.PART)).and(0x0F));
                FloatVector scale0 = FloatVector.broadcast(Lanes.FLOAT, sums[run0]);
                FloatVector addend0 = FloatVector.broadcast(Lanes.FLOAT, sums[run0 + RunScales.ADDEND_OF_8]);
                sum0 = v.fma(((FloatVector) q0.convert(VectorOperators.I2F, 0)).fma(scale0, addend0), sum0);
                ByteVector bytes1 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, quanta1 + j, ORDER);
                ByteVector fifth1 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, fifths1 + j, ORDER);
                IntVector q1 = ((IntVector) fifth1.convertShape(WIDEN, ByteLanes.INT, ByteLanes.PART))
                        .lanewise(VectorOperators.LSHL, 4).lanewise(VectorOperators.LSHR, right).and(0x10);
                q1 = q1.or(((IntVector) bytes1.convertShape(WIDEN, ByteLanes.INT, ByteLanes.PART)).and(0x0F));
                FloatVector scale1 = FloatVector.broadcast(Lanes.FLOAT, sums[run1]);
                FloatVector addend1 = FloatVector.broadcast(Lanes.FLOAT, sums[run1 + RunScales.ADDEND_OF_8]);
                sum1 = v.fma(((FloatVector) q1.convert(VectorOperators.I2F, 0)).fma(scale1, addend1), sum1);
            }
            for (int j = 0; j < GROUP; j += Lanes.COUNT) {
                int run0 = scales + (GROUP + j) / RUN;
                int run1 = run0 + RunScales.FLOATS_OF_8;
                FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, at + GROUP + j);
                ByteVector bytes0 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, quanta0 + j, ORDER);
                ByteVector fifth0 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, fifths0 + j, ORDER);
                IntVector q0 = ((IntVector) fifth0.convertShape(WIDEN, ByteLanes.INT, ByteLanes.PART))
                        .lanewise(VectorOperators.LSHL, 7).lanewise(VectorOperators.LSHR, right).and(0x100);
                q0 = q0.or(((IntVector) bytes0.convertShape(WIDEN, ByteLanes.INT, ByteLanes.PART)).and(0xF0));
                FloatVector scale0 = FloatVector.broadcast(Lanes.FLOAT, sums[run0]);
                FloatVector addend0 = FloatVector.broadcast(Lanes.FLOAT, sums[run0 + RunScales.ADDEND_OF_8]);
                sum0 = v.fma(((FloatVector) q0.convert(VectorOperators.I2F, 0)).fma(scale0, addend0), sum0);
                ByteVector bytes1 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, quanta1 + j, ORDER);
                ByteVector fifth1 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, fifths1 + j, ORDER);
                IntVector q1 = ((IntVector) fifth1.convertShape(WIDEN, ByteLanes.INT, ByteLanes.PART))
                        .lanewise(VectorOperators.LSHL, 7).lanewise(VectorOperators.LSHR, right).and(0x100);
                q1 = q1.or(((IntVector) bytes1.convertShape(WIDEN, ByteLanes.INT, ByteLanes.PART)).and(0xF0));
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
