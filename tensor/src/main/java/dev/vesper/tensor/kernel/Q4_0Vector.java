package dev.vesper.tensor.kernel;

import dev.vesper.tensor.Format;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/** Weights in {@link Format#Q4_0}; scale times q is exact in float32, so every way to read it gives the same float. */
final class Q4_0Vector implements WeightReader {
    static final Q4_0Vector READER = new Q4_0Vector();
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int BLOCK = Format.Q4_0.blockSize();
    private static final int HALF = BLOCK / 2;
    private static final int BLOCK_BYTES = Format.Q4_0.blockBytes();

    private Q4_0Vector() {}

    @Override
    public void unpack(MemorySegment data, long byteOffset, int count, float[] out, int at, int step) {
        int blocks = count / BLOCK;
        int upper = HALF / Lanes.COUNT * step;
        int to = at;
        for (int b = 0; b < blocks; b++) {
            long block = byteOffset + (long) BLOCK_BYTES * b;
            FloatVector scale = scale(data, block);
            for (int j = 0; j < HALF; j += Lanes.COUNT, to += step) {
                ByteLanes.lowNibbles(data, block + 2 + j).mul(scale).intoArray(out, to);
                ByteLanes.highNibbles(data, block + 2 + j).mul(scale).intoArray(out, to + upper);
            }
            to += upper;
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
            for (int j = 0; j < HALF; j += Lanes.COUNT) {
                FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, xAt + BLOCK * b + j);
                sum0 = v.fma(ByteLanes.lowNibbles(data, byteOffset + block + 2 + j).mul(scale0), sum0);
                sum1 = v.fma(ByteLanes.lowNibbles(data, row1 + block + 2 + j).mul(scale1), sum1);
                sum2 = v.fma(ByteLanes.lowNibbles(data, row2 + block + 2 + j).mul(scale2), sum2);
                sum3 = v.fma(ByteLanes.lowNibbles(data, row3 + block + 2 + j).mul(scale3), sum3);
            }
            for (int j = 0; j < HALF; j += Lanes.COUNT) {
                FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, xAt + BLOCK * b + HALF + j);
                sum0 = v.fma(ByteLanes.highNibbles(data, byteOffset + block + 2 + j).mul(scale0), sum0);
                sum1 = v.fma(ByteLanes.highNibbles(data, row1 + block + 2 + j).mul(scale1), sum1);
                sum2 = v.fma(ByteLanes.highNibbles(data, row2 + block + 2 + j).mul(scale2), sum2);
                sum3 = v.fma(ByteLanes.highNibbles(data, row3 + block + 2 + j).mul(scale3), sum3);
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
}
