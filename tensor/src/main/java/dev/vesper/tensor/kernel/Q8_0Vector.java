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

    private Q8_0Vector() {}

    @Override
    public void unpack(MemorySegment data, long byteOffset, int count, float[] out, int at, int step) {
        int to = at;
        int blocks = count / BLOCK;
        for (int b = 0; b < blocks; b++) {
            long block = byteOffset + (long) BLOCK_BYTES * b;
            FloatVector scale = scale(data, block);
            for (int j = 0; j < BLOCK; j += Lanes.COUNT, to += step) {
                values(data, block, j).mul(scale).intoArray(out, to);
            }
        }
    }

    @Override
    public void dot(MemorySegment data, long byteOffset, long rowBytes, int count, float[] x, int xAt, float[] sums) {
        long row1 = byteOffset + rowBytes;
        long row2 = row1 + rowBytes;
        long row3 = row2 + rowBytes;
        FloatVector sum0 = FloatVector.zero(Lanes.FLOAT);
        FloatVector sum1 = sum0;
        FloatVector sum2 = sum0;
        FloatVector sum3 = sum0;
        int blocks = count / BLOCK;
        for (int b = 0; b < blocks; b++) {
            long block = (long) BLOCK_BYTES * b;
            FloatVector scale0 = scale(data, byteOffset + block);
            FloatVector scale1 = scale(data, row1 + block);
            FloatVector scale2 = scale(data, row2 + block);
            FloatVector scale3 = scale(data, row3 + block);
            for (int j = 0; j < BLOCK; j += Lanes.COUNT) {
                FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, xAt + BLOCK * b + j);
                sum0 = v.fma(values(data, byteOffset + block, j).mul(scale0), sum0);
                sum1 = v.fma(values(data, row1 + block, j).mul(scale1), sum1);
                sum2 = v.fma(values(data, row2 + block, j).mul(scale2), sum2);
                sum3 = v.fma(values(data, row3 + block, j).mul(scale3), sum3);
            }
        }
        sums[0] = Lanes.sum(sum0);
        sums[1] = Lanes.sum(sum1);
        sums[2] = Lanes.sum(sum2);
        sums[3] = Lanes.sum(sum3);
    }

    private static FloatVector scale(MemorySegment data, long block) {
        return FloatVector.broadcast(Lanes.FLOAT, Float.float16ToFloat(data.get(SHORT, block)));
    }

    /** The elements from {@code j} on of a block, not scaled. */
    private static FloatVector values(MemorySegment data, long block, int j) {
        return ByteLanes.load(data, block + 2 + j);
    }
}
