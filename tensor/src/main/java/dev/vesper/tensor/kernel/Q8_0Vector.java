package dev.vesper.tensor.kernel;

import dev.vesper.tensor.Format;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** Weights in {@link Format#Q8_0}; scale times q is exact in float32, so every way to read it gives the same float. */
final class Q8_0Vector implements WeightReader {
    static final Q8_0Vector READER = new Q8_0Vector();
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int BLOCK = Format.Q8_0.blockSize();
    private static final int BLOCK_BYTES = Format.Q8_0.blockBytes();
    private static final int SCALE_BYTES = 2;
    private static final int IN_FLIGHT = 4;
    private static final int BYTES = ByteLanes.BYTE.length();
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final VectorOperators.Conversion<Byte, Float> CONVERT = VectorOperators.B2F;

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
    public int rows() {
        return IN_FLIGHT;
    }

    /**
     * Four streams: see {@link F16Vector} for why. Written out without methods of ours: C2 inlines those of the Vector API
     * always, but of others only so many, and what it leaves out makes an object of each vector.
     */
    @Override
    public void dot(MemorySegment data, long byteOffset, long distance, int count, float[] x, int xAt, float[] sums) {
        FloatVector sum0 = FloatVector.zero(Lanes.FLOAT);
        FloatVector sum1 = sum0;
        FloatVector sum2 = sum0;
        FloatVector sum3 = sum0;
        int blocks = count / BLOCK;
        for (int b = 0; b < blocks; b++) {
            long block0 = byteOffset + (long) BLOCK_BYTES * b;
            long block1 = block0 + distance;
            long block2 = block1 + distance;
            long block3 = block2 + distance;
            FloatVector scale0 = FloatVector.broadcast(
                    Lanes.FLOAT, Float.float16ToFloat(data.get(SHORT, block0)));
            FloatVector scale1 = FloatVector.broadcast(
                    Lanes.FLOAT, Float.float16ToFloat(data.get(SHORT, block1)));
            FloatVector scale2 = FloatVector.broadcast(
                    Lanes.FLOAT, Float.float16ToFloat(data.get(SHORT, block2)));
            FloatVector scale3 = FloatVector.broadcast(
                    Lanes.FLOAT, Float.float16ToFloat(data.get(SHORT, block3)));
            long quanta0 = block0 + SCALE_BYTES;
            long quanta1 = block1 + SCALE_BYTES;
            long quanta2 = block2 + SCALE_BYTES;
            long quanta3 = block3 + SCALE_BYTES;
            for (int j = 0; j < BLOCK; j += BYTES) {
                FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, xAt + BLOCK * b + j);
                ByteVector q0 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, quanta0 + j, ORDER);
                FloatVector w0 = (FloatVector) q0.convertShape(CONVERT, Lanes.FLOAT, 0);
                sum0 = v.fma(w0.mul(scale0), sum0);
                ByteVector q1 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, quanta1 + j, ORDER);
                FloatVector w1 = (FloatVector) q1.convertShape(CONVERT, Lanes.FLOAT, 0);
                sum1 = v.fma(w1.mul(scale1), sum1);
                ByteVector q2 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, quanta2 + j, ORDER);
                FloatVector w2 = (FloatVector) q2.convertShape(CONVERT, Lanes.FLOAT, 0);
                sum2 = v.fma(w2.mul(scale2), sum2);
                ByteVector q3 = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, quanta3 + j, ORDER);
                FloatVector w3 = (FloatVector) q3.convertShape(CONVERT, Lanes.FLOAT, 0);
                sum3 = v.fma(w3.mul(scale3), sum3);
                if (BYTES > Lanes.COUNT) {
                    // The narrowest vectors of bytes have twice as many lanes as those of floats.
                    v = FloatVector.fromArray(Lanes.FLOAT, x, xAt + BLOCK * b + j + Lanes.COUNT);
                    w0 = (FloatVector) q0.convertShape(CONVERT, Lanes.FLOAT, 1);
                    sum0 = v.fma(w0.mul(scale0), sum0);
                    w1 = (FloatVector) q1.convertShape(CONVERT, Lanes.FLOAT, 1);
                    sum1 = v.fma(w1.mul(scale1), sum1);
                    w2 = (FloatVector) q2.convertShape(CONVERT, Lanes.FLOAT, 1);
                    sum2 = v.fma(w2.mul(scale2), sum2);
                    w3 = (FloatVector) q3.convertShape(CONVERT, Lanes.FLOAT, 1);
                    sum3 = v.fma(w3.mul(scale3), sum3);
                }
            }
        }
        sum0.intoArray(sums, MOST_ROWS);
        sum1.intoArray(sums, MOST_ROWS + Lanes.COUNT);
        sum2.intoArray(sums, MOST_ROWS + 2 * Lanes.COUNT);
        sum3.intoArray(sums, MOST_ROWS + 3 * Lanes.COUNT);
        Lanes.sumRows(sums, MOST_ROWS, IN_FLIGHT);
    }

    private static FloatVector scale(MemorySegment data, long block) {
        return FloatVector.broadcast(Lanes.FLOAT, Float.float16ToFloat(data.get(SHORT, block)));
    }
}
