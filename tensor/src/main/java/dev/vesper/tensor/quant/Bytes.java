package dev.vesper.tensor.quant;

import dev.vesper.tensor.Format;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Little-endian layouts without alignment, and the checks that block codecs share. */
final class Bytes {
    static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Bytes() {}

    static void requireWholeBlocks(Format format, int count) {
        if (count < 0 || count % format.blockSize() != 0) {
            throw new IllegalArgumentException("%d elements are not a whole number of %s blocks of %d"
                    .formatted(count, format, format.blockSize()));
        }
    }

    static void requireFinite(Format format, float[] in, int offset, int count) {
        for (int i = offset; i < offset + count; i++) {
            if (!Float.isFinite(in[i])) {
                throw new IllegalArgumentException(
                        "element %d is %s, which %s cannot hold".formatted(i, in[i], format));
            }
        }
    }

    static void requireImportance(Format format, float[] importance, int count) {
        if (importance.length == 0) {
            return;
        }
        if (importance.length < count) {
            throw new IllegalArgumentException("the importance of %d elements for %d elements of %s"
                    .formatted(importance.length, count, format));
        }
        for (int i = 0; i < count; i++) {
            if (!(importance[i] >= 0 && importance[i] < Float.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException(
                        "the importance of element %d is %s, expected a finite number of 0 or more"
                                .formatted(i, importance[i]));
            }
        }
    }

    /** The unsigned byte at {@code at}. */
    static int unsigned(MemorySegment data, long at) {
        return data.get(ValueLayout.JAVA_BYTE, at) & 0xFF;
    }

    /** Stores the lowest eight bits. */
    static void put(MemorySegment data, long at, int value) {
        data.set(ValueLayout.JAVA_BYTE, at, (byte) value);
    }

    /** The float16 at {@code at}. */
    static float half(MemorySegment data, long at) {
        return Float.float16ToFloat(data.get(SHORT, at));
    }

    /** The float16 bits of a block's scale or minimum. */
    static short scale(Format format, float scale, int offset) {
        short bits = Float.floatToFloat16(scale);
        if (Float.isInfinite(Float.float16ToFloat(bits))) {
            throw new IllegalArgumentException("the %s block at element %d needs a scale of %s, above float16's 65504"
                    .formatted(format, offset, scale));
        }
        return bits;
    }
}
