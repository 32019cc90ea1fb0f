package dev.vesper.tensor.kernel;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** As many bytes as there are lanes, widened to floats. */
final class ByteLanes {
    /** The narrowest vector there is has 64 bits: with 128-bit floats, half of its bytes are masked off. */
    private static final VectorSpecies<Byte> BYTE =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, Lanes.FLOAT.vectorBitSize() / 4)));
    private static final boolean WHOLE = BYTE.length() == Lanes.COUNT;
    private static final VectorMask<Byte> USED = BYTE.indexInRange(0, Lanes.COUNT);
    private static final VectorSpecies<Integer> INT = Lanes.FLOAT.withLanes(int.class);

    private ByteLanes() {}

    /** The signed bytes at {@code at}. */
    static FloatVector load(MemorySegment data, long at) {
        return floats(ints(data, at));
    }

    /** The lower four bits of the bytes at {@code at}, minus 8. */
    static FloatVector lowNibbles(MemorySegment data, long at) {
        return floats(ints(data, at).and(0x0F).sub(8));
    }

    /** The upper four bits of the bytes at {@code at}, minus 8. */
    static FloatVector highNibbles(MemorySegment data, long at) {
        return floats(ints(data, at).lanewise(VectorOperators.LSHR, 4).and(0x0F).sub(8));
    }

    private static IntVector ints(MemorySegment data, long at) {
        ByteVector bytes = WHOLE
                ? ByteVector.fromMemorySegment(BYTE, data, at, ByteOrder.LITTLE_ENDIAN)
                : ByteVector.fromMemorySegment(BYTE, data, at, ByteOrder.LITTLE_ENDIAN, USED);
        return (IntVector) bytes.convertShape(VectorOperators.B2I, INT, 0);
    }

    private static FloatVector floats(IntVector ints) {
        return (FloatVector) ints.convert(VectorOperators.I2F, 0);
    }
}
