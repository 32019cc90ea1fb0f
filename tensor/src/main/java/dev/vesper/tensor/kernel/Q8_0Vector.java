package dev.vesper.tensor.kernel;

import dev.vesper.tensor.Format;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/** Weights in {@link Format#Q8_0}; scale times q is exact in float32, so every way to read it gives the same float. */
final class Q8_0Vector implements WeightReader {
    static final Q8_0Vector READER = new Q8_0Vector();
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int BLOCK = Format.Q8_0.blockSize();
    private static final int BLOCK_BYTES = Format.Q8_0.blockBytes();
    private static final int SCALE_BYTES = 2;

    private Q8_0Vector() {}

    @Override
    public void unpack(MemorySegment data, long byteOffset, int count, float[] out, int at, int step) {
        int to = at;
        int blocks = count / BLOCK;
        for (int b = 0; b < blocks; b++) {
            long block = byteOffset + (long) BLOCK_BYTES * b;
            FloatVector scale = scale(data, block);
            for (int j = 0; j < BLOCK; j += Lanes.COUNT, to += step) {
                ByteLanes.signed(data, block + SCALE_BYTES + j).mul(scale).intoArray(out, to);
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
            FloatVector scale0 = scale(data, block0);
            FloatVector scale1 = scale(data, block1);
            for (int j = 0; j < BLOCK; j += 2 * Lanes.COUNT) {
                int k = j + Lanes.COUNT;
                FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, xAt + BLOCK * b + j);
                sum0 = v.fma(ByteLanes.signed(data, block0 + SCALE_BYTES + j).mul(scale0), sum0);
                sum1 = v.fma(ByteLanes.signed(data, block1 + SCALE_BYTES + j).mul(scale1), sum1);
                v = FloatVector.fromArray(Lanes.FLOAT, x, xAt + BLOCK * b + k);
                sum0 = v.fma(ByteLanes.signed(data, block0 + SCALE_BYTES + k).mul(scale0), sum0);
                sum1 = v.fma(ByteLanes.signed(data, block1 + SCALE_BYTES + k).mul(scale1), sum1);
            }
        }
        sums[0] = Lanes.sum(sum0);
        sums[1] = Lanes.sum(sum1);
    }

    private static FloatVector scale(MemorySegment data, long block) {
        return FloatVector.broadcast(Lanes.FLOAT, Float.float16ToFloat(data.get(SHORT, block)));
    }
}
