package dev.vesper.tensor.kernel;

import dev.vesper.tensor.Format;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Weights in {@link Format#Q5_0}. All products are exact in float32, so every way to read it gives the same float. */
final class Q5_0Vector implements WeightReader {
    static final Q5_0Vector READER = new Q5_0Vector();
    private static final int BLOCK = Format.Q5_0.blockSize();
    private static final int HALF = BLOCK / 2;
    private static final int BLOCK_BYTES = Format.Q5_0.blockBytes();
    private static final int FIFTH_BITS = 2;
    private static final int QUANTA = 6;

    private Q5_0Vector() {}

    @Override
    public void unpack(MemorySegment data, long byteOffset, int count, float[] out, int at, int step) {
        int to = at;
        int blocks = count / BLOCK;
        for (int b = 0; b < blocks; b++) {
            long block = byteOffset + (long) BLOCK_BYTES * b;
            FloatVector scale = FloatVector.broadcast(Lanes.FLOAT, ByteLanes.float16(data, block));
            FloatVector addend = scale.mul(-16);
            int fifths = data.get(ByteLanes.WORD, block + FIFTH_BITS);
            for (int i = 0; i < BLOCK; i += Lanes.COUNT, to += step) {
                long quanta = block + QUANTA + i % HALF;
                int shift = i / HALF * 4;
                IntVector q = ByteLanes.unsigned(data, quanta).lanewise(VectorOperators.LSHR, shift).and(0x0F)
                        .or(ByteLanes.bits(fifths >>> i << 4).and(0x10));
                floats(q).fma(scale, addend).intoArray(out, to);
            }
        }
    }

    @Override
    public void dot(MemorySegment data, long byteOffset, long distance, int count, float[] x, int xAt, float[] sums) {
        FloatVector sum0 = FloatVector.zero(Lanes.FLOAT);
        FloatVector sum1 = sum0;
        int blocks = count / BLOCK;
        for (int b = 0; b < blocks; b++) {
            long block0 = byteOffset + (long) BLOCK_BYTES * b;
            long block1 = block0 + distance;
            int at = xAt + BLOCK * b;
            FloatVector scale0 = FloatVector.broadcast(Lanes.FLOAT, ByteLanes.float16(data, block0));
            FloatVector addend0 = scale0.mul(-16);
            int fifths0 = data.get(ByteLanes.WORD, block0 + FIFTH_BITS);
            FloatVector scale1 = FloatVector.broadcast(Lanes.FLOAT, ByteLanes.float16(data, block1));
            FloatVector addend1 = scale1.mul(-16);
            int fifths1 = data.get(ByteLanes.WORD, block1 + FIFTH_BITS);
            for (int i = 0; i < BLOCK; i += Lanes.COUNT) {
                long quanta0 = block0 + QUANTA + i % HALF;
                long quanta1 = quanta0 + distance;
                int shift = i / HALF * 4;
                FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, at + i);
                IntVector q0 = ByteLanes.unsigned(data, quanta0).lanewise(VectorOperators.LSHR, shift).and(0x0F)
                        .or(ByteLanes.bits(fifths0 >>> i << 4).and(0x10));
                IntVector q1 = ByteLanes.unsigned(data, quanta1).lanewise(VectorOperators.LSHR, shift).and(0x0F)
                        .or(ByteLanes.bits(fifths1 >>> i << 4).and(0x10));
                sum0 = v.fma(floats(q0).fma(scale0, addend0), sum0);
                sum1 = v.fma(floats(q1).fma(scale1, addend1), sum1);
            }
        }
        sum0.intoArray(sums, ROWS);
        sum1.intoArray(sums, ROWS + Lanes.COUNT);
        Lanes.sumRows(sums, ROWS, ROWS);
    }

    private static FloatVector floats(IntVector ints) {
        return (FloatVector) ints.convert(VectorOperators.I2F, 0);
    }
}
