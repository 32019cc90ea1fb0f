package dev.vesper.tensor.kernel;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** Weights of float16. */
final class F16Vector implements WeightReader {
    static final F16Vector READER = new F16Vector();
    private static final int BYTES = 2;
    private static final VectorSpecies<Short> SHORT =
            VectorSpecies.of(short.class, VectorShape.forBitSize(Lanes.FLOAT.vectorBitSize() / 2));
    private static final VectorSpecies<Integer> INT = Lanes.FLOAT.withLanes(int.class);
    /** Sign, and exponent and fraction where float32 has them. */
    private static final int MASK = 0x8FFFE000;

    private F16Vector() {}

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
    public void dot(MemorySegment data, long byteOffset, long rowBytes, int count, float[] x, int xAt, float[] sums) {
        int whole = Lanes.FLOAT.loopBound(count);
        long row1 = byteOffset + rowBytes;
        long row2 = row1 + rowBytes;
        long row3 = row2 + rowBytes;
        FloatVector sum0 = FloatVector.zero(Lanes.FLOAT);
        FloatVector sum1 = sum0;
        FloatVector sum2 = sum0;
        FloatVector sum3 = sum0;
        for (int k = 0; k < whole; k += Lanes.COUNT) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, xAt + k);
            long at = (long) BYTES * k;
            sum0 = v.fma(load(data, byteOffset + at), sum0);
            sum1 = v.fma(load(data, row1 + at), sum1);
            sum2 = v.fma(load(data, row2 + at), sum2);
            sum3 = v.fma(load(data, row3 + at), sum3);
        }
        if (whole < count) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, xAt + whole);
            long at = (long) BYTES * whole;
            sum0 = v.fma(loadFirst(count - whole, data, byteOffset + at), sum0);
            sum1 = v.fma(loadFirst(count - whole, data, row1 + at), sum1);
            sum2 = v.fma(loadFirst(count - whole, data, row2 + at), sum2);
            sum3 = v.fma(loadFirst(count - whole, data, row3 + at), sum3);
        }
        sums[0] = Lanes.sum(sum0);
        sums[1] = Lanes.sum(sum1);
        sums[2] = Lanes.sum(sum2);
        sums[3] = Lanes.sum(sum3);
    }

    private static FloatVector load(MemorySegment data, long at) {
        return floats(ShortVector.fromMemorySegment(SHORT, data, at, ByteOrder.LITTLE_ENDIAN));
    }

    private static FloatVector loadFirst(int count, MemorySegment data, long at) {
        return floats(ShortVector.fromMemorySegment(
                SHORT, data, at, ByteOrder.LITTLE_ENDIAN, SHORT.indexInRange(0, count)));
    }

    /**
     * There is no conversion from float16 in the Vector API: moves the bits into place, and the exponent by 112. A
     * float16 without an exponent bit gets 2^-14 added and taken away again, which scales it exactly, without a product
     * of denormals, which are slow on some processors; an exponent of all ones stays one.
     */
    private static FloatVector floats(ShortVector halves) {
        IntVector wide = (IntVector) halves.convertShape(VectorOperators.S2I, INT, 0);
        IntVector bits = wide.lanewise(VectorOperators.LSHL, 13).and(MASK);
        return bits.reinterpretAsFloats().mul(0x1p112f);
    }
}
