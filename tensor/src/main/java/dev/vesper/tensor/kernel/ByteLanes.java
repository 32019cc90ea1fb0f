package dev.vesper.tensor.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** As many bytes as there are lanes, widened. */
final class ByteLanes {
    /** The narrowest vector there is has 64 bits: with 128-bit floats, half of its bytes are masked off, or not used. */
    static final VectorSpecies<Byte> BYTE =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, Lanes.FLOAT.vectorBitSize() / 4)));
    /** Bytes of such a vector that are too many: to load the right ones last, begin that much before them ... */
    static final int BEFORE = BYTE.length() - Lanes.COUNT;
    /** ... and widen this part. */
    static final int PART = BEFORE / Lanes.COUNT;
    private static final boolean WHOLE = BYTE.length() == Lanes.COUNT;
    private static final VectorMask<Byte> USED = BYTE.indexInRange(0, Lanes.COUNT);
    static final VectorSpecies<Integer> INT = Lanes.FLOAT.withLanes(int.class);

    private static final IntVector LANE = IntVector.zero(INT).addIndex(1);
    static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfInt WORD = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private ByteLanes() {}

    /** The signed bytes at {@code at}. */
    static FloatVector signed(MemorySegment data, long at) {
        return (FloatVector) bytes(data, at).convertShape(VectorOperators.B2F, Lanes.FLOAT, 0);
    }

    /** The unsigned bytes at {@code at}. */
    static IntVector unsigned(MemorySegment data, long at) {
        return (IntVector) bytes(data, at).convertShape(VectorOperators.ZERO_EXTEND_B2I, INT, 0);
    }

    /** The unsigned bytes at {@code at}, moved by {@code left} bits to the left, then by {@code right} to the right. */
    static IntVector unsigned(MemorySegment data, long at, int left, int right) {
        return unsigned(data, at).lanewise(VectorOperators.LSHL, left).lanewise(VectorOperators.LSHR, right);
    }

    /** In lane l the bits of the word moved to the right by l. */
    static IntVector bits(int word) {
        return IntVector.broadcast(INT, word).lanewise(VectorOperators.LSHR, LANE);
    }

    /** The float16 at {@code at}. */
    static float float16(MemorySegment data, long at) {
        return Float.float16ToFloat(data.get(SHORT, at));
    }

    private static ByteVector bytes(MemorySegment data, long at) {
        return WHOLE
                ? ByteVector.fromMemorySegment(BYTE, data, at, ByteOrder.LITTLE_ENDIAN)
                : ByteVector.fromMemorySegment(BYTE, data, at, ByteOrder.LITTLE_ENDIAN, USED);
    }
}
