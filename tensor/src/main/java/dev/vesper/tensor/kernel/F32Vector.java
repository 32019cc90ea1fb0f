package dev.vesper.tensor.kernel;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/** Weights of float32. */
final class F32Vector implements WeightReader {
    static final F32Vector READER = new F32Vector();
    private static final int BYTES = 4;

    private F32Vector() {}

    @Override
    public void unpack(MemorySegment data, long byteOffset, int count, float[] out, int at, int step) {
        int whole = Lanes.FLOAT.loopBound(count);
        int to = at;
        for (int k = 0; k < whole; k += Lanes.COUNT, to += step) {
            load(data, byteOffset + (long) BYTES * k).intoArray(out, to);
        }
        if (whole < count) {
            loadFirst(count - whole, data, byteOffset + (long) BYTES * whole).intoArray(out, to);
        }
    }

    @Override
    public void dot(MemorySegment data, long byteOffset, long distance, int count, float[] x, int xAt, float[] sums) {
        int whole = Lanes.FLOAT.loopBound(count);
        long row1 = byteOffset + distance;
        FloatVector sum0 = FloatVector.zero(Lanes.FLOAT);
        FloatVector sum1 = sum0;
        for (int k = 0; k < whole; k += Lanes.COUNT) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, xAt + k);
            long at = (long) BYTES * k;
            sum0 = v.fma(load(data, byteOffset + at), sum0);
            sum1 = v.fma(load(data, row1 + at), sum1);
        }
        if (whole < count) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, xAt + whole);
            long at = (long) BYTES * whole;
            sum0 = v.fma(loadFirst(count - whole, data, byteOffset + at), sum0);
            sum1 = v.fma(loadFirst(count - whole, data, row1 + at), sum1);
        }
        sum0.intoArray(sums, ROWS);
        sum1.intoArray(sums, ROWS + Lanes.COUNT);
        Lanes.sumRows(sums, ROWS, ROWS);
    }

    private static FloatVector load(MemorySegment data, long at) {
        return FloatVector.fromMemorySegment(Lanes.FLOAT, data, at, ByteOrder.LITTLE_ENDIAN);
    }

    private static FloatVector loadFirst(int count, MemorySegment data, long at) {
        return FloatVector.fromMemorySegment(
                Lanes.FLOAT, data, at, ByteOrder.LITTLE_ENDIAN, Lanes.FLOAT.indexInRange(0, count));
    }
}
