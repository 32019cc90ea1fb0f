package dev.vesper.tensor.kernel;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** Weights of bfloat16, the upper half of a float. */
final class BF16Vector implements WeightReader {
    static final BF16Vector READER = new BF16Vector();
    private static final int BYTES = 2;
    private static final VectorSpecies<Short> SHORT =
            VectorSpecies.of(short.class, VectorShape.forBitSize(Lanes.FLOAT.vectorBitSize() / 2));
    private static final VectorSpecies<Integer> INT = Lanes.FLOAT.withLanes(int.class);

    private BF16Vector() {}

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
        return floats(ShortVector.fromMemorySegment(SHORT, data, at, ByteOrder.LITTLE_ENDIAN));
    }

    private static FloatVector loadFirst(int count, MemorySegment data, long at) {
        return floats(ShortVector.fromMemorySegment(
                SHORT, data, at, ByteOrder.LITTLE_ENDIAN, SHORT.indexInRange(0, count)));
    }

    private static FloatVector floats(ShortVector halves) {
        IntVector bits = (IntVector) halves.convertShape(VectorOperators.S2I, INT, 0);
        return bits.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
    }
}
