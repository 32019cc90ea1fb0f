package dev.vesper.tensor.kernel;

import dev.vesper.tensor.Format;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
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
    private static final int STEP = 2 * GROUP;
    private static final int STEPS = BLOCK / STEP;
    private static final int RUN = 16;
    private static final int UPPER = 128;
    private static final int HALF = 128;
    private static final int RUNS = BLOCK / RUN;
    /** What is stored for zero. */
    private static final int ZERO = 32;
    private static final boolean WIDE = Lanes.COUNT == RUN;
    private static final int IN_FLIGHT = 2;
    /** Scales lie behind the sums of each lane. */
    private static final int ROOM_AT = MOST_ROWS + IN_FLIGHT * Lanes.COUNT;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final VectorOperators.Conversion<Byte, Integer> WIDEN = VectorOperators.ZERO_EXTEND_B2I;

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
    public int rows() {
        return WIDE ? IN_FLIGHT : ROWS;
    }

    @Override
    public void prepare(MemorySegment data, long byteOffset, long distance, int count, float[] sums) {
        int blocks = count / BLOCK;
        if (WIDE) {
            RunScales.bytesAtOnce(data, byteOffset, blocks, BLOCK_BYTES, distance, IN_FLIGHT, sums, ROOM_AT);
            return;
        }
        for (int b = 0; b < blocks; b++) {
            long block = byteOffset + (long) BLOCK_BYTES * b;
            int to = ROWS + b * ROWS * RunScales.FLOATS_OF_16;
            RunScales.bytes(data, block, sums, to);
            RunScales.bytes(data, block + distance, sums, to + RunScales.FLOATS_OF_16);
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

    /** Half a block at a time, each byte loaded once; written out, as below. */
    private static void dotWide(
            MemorySegment data, long byteOffset, long distance, int count, float[] x, int xAt, float[] sums) {
        FloatVector sum0 = FloatVector.zero(Lanes.FLOAT);
        FloatVector sum1 = sum0;
        int halves = count / HALF;
        for (int h = 0; h < halves; h++) {
            // of the upper bits there are half as many bytes
            long block = byteOffset + (long) BLOCK_BYTES * (h >>> 1);
            long lowers0 = block + (h & 1) * (long) STEP;
            long uppers0 = block + UPPER + (h & 1) * (long) GROUP;
            long lowers1 = lowers0 + distance;
            long uppers1 = uppers0 + distance;
            int run0 = ROOM_AT + (h >>> 1) * IN_FLIGHT * RUNS + (h & 1) * (HALF / RUN);
            int run1 = run0 + RUNS;
            int at = xAt + HALF * h;
            ByteVector bytes0 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, uppers0, ORDER);
            IntVector u0 = (IntVector) bytes0.convertShape(WIDEN, ByteLanes.INT, 0);
            bytes0 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, uppers0 + RUN, ORDER);
            IntVector w0 = (IntVector) bytes0.convertShape(WIDEN, ByteLanes.INT, 0);
            bytes0 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, lowers0, ORDER);
            IntVector k0 = (IntVector) bytes0.convertShape(WIDEN, ByteLanes.INT, 0);
            bytes0 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, lowers0 + RUN, ORDER);
            IntVector l0 = (IntVector) bytes0.convertShape(WIDEN, ByteLanes.INT, 0);
            bytes0 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, lowers0 + 2 * RUN, ORDER);
            IntVector m0 = (IntVector) bytes0.convertShape(WIDEN, ByteLanes.INT, 0);
            bytes0 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, lowers0 + 3 * RUN, ORDER);
            IntVector n0 = (IntVector) bytes0.convertShape(WIDEN, ByteLanes.INT, 0);
            ByteVector bytes1 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, uppers1, ORDER);
            IntVector u1 = (IntVector) bytes1.convertShape(WIDEN, ByteLanes.INT, 0);
            bytes1 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, uppers1 + RUN, ORDER);
            IntVector w1 = (IntVector) bytes1.convertShape(WIDEN, ByteLanes.INT, 0);
            bytes1 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, lowers1, ORDER);
            IntVector k1 = (IntVector) bytes1.convertShape(WIDEN, ByteLanes.INT, 0);
            bytes1 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, lowers1 + RUN, ORDER);
            IntVector l1 = (IntVector) bytes1.convertShape(WIDEN, ByteLanes.INT, 0);
            bytes1 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, lowers1 + 2 * RUN, ORDER);
            IntVector m1 = (IntVector) bytes1.convertShape(WIDEN, ByteLanes.INT, 0);
            bytes1 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, lowers1 + 3 * RUN, ORDER);
            IntVector n1 = (IntVector) bytes1.convertShape(WIDEN, ByteLanes.INT, 0);
            FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, at);
            IntVector q0 = k0.and(0x0F).or(u0.lanewise(VectorOperators.LSHL, 4).and(0x30)).sub(ZERO);
            FloatVector f0 = ((FloatVector) q0.convert(VectorOperators.I2F, 0))
                    .mul(FloatVector.broadcast(Lanes.FLOAT, sums[run0]));
            sum0 = v.fma(f0, sum0);
            IntVector q1 = k1.and(0x0F).or(u1.lanewise(VectorOperators.LSHL, 4).and(0x30)).sub(ZERO);
            FloatVector f1 = ((FloatVector) q1.convert(VectorOperators.I2F, 0))
                    .mul(FloatVector.broadcast(Lanes.FLOAT, sums[run1]));
            sum1 = v.fma(f1, sum1);
            v = FloatVector.fromArray(Lanes.FLOAT, x, at + RUN);
            q0 = l0.and(0x0F).or(w0.lanewise(VectorOperators.LSHL, 4).and(0x30)).sub(ZERO);
            f0 = ((FloatVector) q0.convert(VectorOperators.I2F, 0))
                    .mul(FloatVector.broadcast(Lanes.FLOAT, sums[run0 + 1]));
            sum0 = v.fma(f0, sum0);
            q1 = l1.and(0x0F).or(w1.lanewise(VectorOperators.LSHL, 4).and(0x30)).sub(ZERO);
            f1 = ((FloatVector) q1.convert(VectorOperators.I2F, 0))
                    .mul(FloatVector.broadcast(Lanes.FLOAT, sums[run1 + 1]));
            sum1 = v.fma(f1, sum1);
            v = FloatVector.fromArray(Lanes.FLOAT, x, at + 2 * RUN);
            q0 = m0.and(0x0F).or(u0.lanewise(VectorOperators.LSHL, 2).and(0x30)).sub(ZERO);
            f0 = ((FloatVector) q0.convert(VectorOperators.I2F, 0))
                    .mul(FloatVector.broadcast(Lanes.FLOAT, sums[run0 + 2]));
            sum0 = v.fma(f0, sum0);
            q1 = m1.and(0x0F).or(u1.lanewise(VectorOperators.LSHL, 2).and(0x30)).sub(ZERO);
            f1 = ((FloatVector) q1.convert(VectorOperators.I2F, 0))
                    .mul(FloatVector.broadcast(Lanes.FLOAT, sums[run1 + 2]));
            sum1 = v.fma(f1, sum1);
            v = FloatVector.fromArray(Lanes.FLOAT, x, at + 3 * RUN);
            q0 = n0.and(0x0F).or(w0.lanewise(VectorOperators.LSHL, 2).and(0x30)).sub(ZERO);
            f0 = ((FloatVector) q0.convert(VectorOperators.I2F, 0))
                    .mul(FloatVector.broadcast(Lanes.FLOAT, sums[run0 + 3]));
            sum0 = v.fma(f0, sum0);
            q1 = n1.and(0x0F).or(w1.lanewise(VectorOperators.LSHL, 2).and(0x30)).sub(ZERO);
            f1 = ((FloatVector) q1.convert(VectorOperators.I2F, 0))
                    .mul(FloatVector.broadcast(Lanes.FLOAT, sums[run1 + 3]));
            sum1 = v.fma(f1, sum1);
            v = FloatVector.fromArray(Lanes.FLOAT, x, at + 4 * RUN);
            q0 = k0.and(0xF0).or(u0.lanewise(VectorOperators.LSHL, 4).and(0x300)).sub(ZERO << 4);
            f0 = ((FloatVector) q0.convert(VectorOperators.I2F, 0))
                    .mul(FloatVector.broadcast(Lanes.FLOAT, sums[run0 + 4]));
            sum0 = v.fma(f0, sum0);
            q1 = k1.and(0xF0).or(u1.lanewise(VectorOperators.LSHL, 4).and(0x300)).sub(ZERO << 4);
            f1 = ((FloatVector) q1.convert(VectorOperators.I2F, 0))
                    .mul(FloatVector.broadcast(Lanes.FLOAT, sums[run1 + 4]));
            sum1 = v.fma(f1, sum1);
            v = FloatVector.fromArray(Lanes.FLOAT, x, at + 5 * RUN);
            q0 = l0.and(0xF0).or(w0.lanewise(VectorOperators.LSHL, 4).and(0x300)).sub(ZERO << 4);
            f0 = ((FloatVector) q0.convert(VectorOperators.I2F, 0))
                    .mul(FloatVector.broadcast(Lanes.FLOAT, sums[run0 + 5]));
            sum0 = v.fma(f0, sum0);
            q1 = l1.and(0xF0).or(w1.lanewise(VectorOperators.LSHL, 4).and(0x300)).sub(ZERO << 4);
            f1 = ((FloatVector) q1.convert(VectorOperators.I2F, 0))
                    .mul(FloatVector.broadcast(Lanes.FLOAT, sums[run1 + 5]));
            sum1 = v.fma(f1, sum1);
            v = FloatVector.fromArray(Lanes.FLOAT, x, at + 6 * RUN);
            q0 = m0.and(0xF0).or(u0.lanewise(VectorOperators.LSHL, 2).and(0x300)).sub(ZERO << 4);
            f0 = ((FloatVector) q0.convert(VectorOperators.I2F, 0))
                    .mul(FloatVector.broadcast(Lanes.FLOAT, sums[run0 + 6]));
            sum0 = v.fma(f0, sum0);
            q1 = m1.and(0xF0).or(u1.lanewise(VectorOperators.LSHL, 2).and(0x300)).sub(ZERO << 4);
            f1 = ((FloatVector) q1.convert(VectorOperators.I2F, 0))
                    .mul(FloatVector.broadcast(Lanes.FLOAT, sums[run1 + 6]));
            sum1 = v.fma(f1, sum1);
            v = FloatVector.fromArray(Lanes.FLOAT, x, at + 7 * RUN);
            q0 = n0.and(0xF0).or(w0.lanewise(VectorOperators.LSHL, 2).and(0x300)).sub(ZERO << 4);
            f0 = ((FloatVector) q0.convert(VectorOperators.I2F, 0))
                    .mul(FloatVector.broadcast(Lanes.FLOAT, sums[run0 + 7]));
            sum0 = v.fma(f0, sum0);
            q1 = n1.and(0xF0).or(w1.lanewise(VectorOperators.LSHL, 2).and(0x300)).sub(ZERO << 4);
            f1 = ((FloatVector) q1.convert(VectorOperators.I2F, 0))
                    .mul(FloatVector.broadcast(Lanes.FLOAT, sums[run1 + 7]));
            sum1 = v.fma(f1, sum1);
        }
        sum0.intoArray(sums, MOST_ROWS);
        sum1.intoArray(sums, MOST_ROWS + Lanes.COUNT);
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
            long lowers0 = block + inBlock / 2 * (long) STEP;
            long lowers1 = lowers0 + distance;
            long uppers0 = block + UPPER + inBlock / 2 * (long) GROUP;
            long uppers1 = uppers0 + distance;
            int nibble = 0x0F << inBlock % 2 * 4;
            int pair = 0x30 << inBlock % 2 * 4;
            int scales = ROWS + s / STEPS * ROWS * RunScales.FLOATS_OF_16 + inBlock * STEP / RUN;
            int at = xAt + STEP * s;
            for (int j = 0; j < GROUP; j += Lanes.COUNT) {
                int run0 = scales + j / RUN;
                int run1 = run0 + RunScales.FLOATS_OF_16;
                FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, at + j);
                ByteVector lower0 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, lowers0 + j, ORDER);
                ByteVector upper0 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, uppers0 + j, ORDER);
                IntVector q0 =
                        ((IntVector) upper0.convertShape(WIDEN, ByteLanes.INT, 0)).lanewise(VectorOperators.LSHL, 4);
                q0 = q0.and(pair).or(((IntVector) lower0.convertShape(WIDEN, ByteLanes.INT, 0)).and(nibble));
                FloatVector scale0 = FloatVector.broadcast(Lanes.FLOAT, sums[run0]);
                FloatVector addend0 = FloatVector.broadcast(Lanes.FLOAT, sums[run0 + RunScales.ADDEND_OF_16]);
                sum0 = v.fma(((FloatVector) q0.convert(VectorOperators.I2F, 0)).fma(scale0, addend0), sum0);
                ByteVector lower1 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, lowers1 + j, ORDER);
                ByteVector upper1 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, uppers1 + j, ORDER);
                IntVector q1 =
                        ((IntVector) upper1.convertShape(WIDEN, ByteLanes.INT, 0)).lanewise(VectorOperators.LSHL, 4);
                q1 = q1.and(pair).or(((IntVector) lower1.convertShape(WIDEN, ByteLanes.INT, 0)).and(nibble));
                FloatVector scale1 = FloatVector.broadcast(Lanes.FLOAT, sums[run1]);
                FloatVector addend1 = FloatVector.broadcast(Lanes.FLOAT, sums[run1 + RunScales.ADDEND_OF_16]);
                sum1 = v.fma(((FloatVector) q1.convert(VectorOperators.I2F, 0)).fma(scale1, addend1), sum1);
            }
            for (int j = 0; j < GROUP; j += Lanes.COUNT) {
                int run0 = scales + (GROUP + j) / RUN;
                int run1 = run0 + RunScales.FLOATS_OF_16;
                FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, at + GROUP + j);
                ByteVector lower0 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, lowers0 + GROUP + j, ORDER);
                ByteVector upper0 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, uppers0 + j, ORDER);
                IntVector q0 =
                        ((IntVector) upper0.convertShape(WIDEN, ByteLanes.INT, 0)).lanewise(VectorOperators.LSHL, 2);
                q0 = q0.and(pair).or(((IntVector) lower0.convertShape(WIDEN, ByteLanes.INT, 0)).and(nibble));
                FloatVector scale0 = FloatVector.broadcast(Lanes.FLOAT, sums[run0]);
                FloatVector addend0 = FloatVector.broadcast(Lanes.FLOAT, sums[run0 + RunScales.ADDEND_OF_16]);
                sum0 = v.fma(((FloatVector) q0.convert(VectorOperators.I2F, 0)).fma(scale0, addend0), sum0);
                ByteVector lower1 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, lowers1 + GROUP + j, ORDER);
                ByteVector upper1 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, uppers1 + j, ORDER);
                IntVector q1 =
                        ((IntVector) upper1.convertShape(WIDEN, ByteLanes.INT, 0)).lanewise(VectorOperators.LSHL, 2);
                q1 = q1.and(pair).or(((IntVector) lower1.convertShape(WIDEN, ByteLanes.INT, 0)).and(nibble));
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
