package dev.vesper.llm.file;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Reads little-endian values one after another and says where and what when the file is too short for one. */
final class ByteCursor {
    static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Object file;
    private final MemorySegment bytes;
    private long position;

    /** @param file what messages call the file */
    ByteCursor(Object file, MemorySegment bytes) {
        this.file = file;
        this.bytes = bytes;
    }

    long position() {
        return position;
    }

    long remaining() {
        return bytes.byteSize() - position;
    }

    /** The bytes from {@code from} up to the current position. */
    MemorySegment since(long from) {
        return bytes.asSlice(from, position - from);
    }

    long u8(String what) {
        require(1, what);
        return bytes.get(JAVA_BYTE, position++) & 0xFFL;
    }

    long u32(String what) {
        require(4, what);
        long value = bytes.get(INT, position) & 0xFFFF_FFFFL;
        position += 4;
        return value;
    }

    /** 64 bits; negative if the unsigned value is beyond a long. */
    long u64(String what) {
        require(8, what);
        long value = bytes.get(LONG, position);
        position += 8;
        return value;
    }

    /**
     * A 64-bit number of things that take at least {@code minimumBytes} each in what remains of the file, so that a
     * caller may allocate for them.
     */
    long count(String what, int minimumBytes) {
        long at = position;
        long count = u64(what);
        long possible = remaining() / minimumBytes;
        if (count < 0 || count > possible) {
            throw error(
                    at,
                    what,
                    "at most %d, for which the remaining %d bytes have room".formatted(possible, remaining()),
                    Long.toUnsignedString(count));
        }
        return count;
    }

    void skip(long count, String what) {
        require(count, what);
        position += count;
    }

    /** A name: a string of 1 to {@code maximumBytes} bytes that must be valid UTF-8. */
    String name(String what, int maximumBytes) {
        long at = position;
        long length = count(what + " length", 1);
        if (length < 1 || length > maximumBytes) {
            throw error(at, what + " length", "1 to " + maximumBytes + " bytes", Long.toString(length));
        }
        byte[] text = bytes.asSlice(position, length).toArray(JAVA_BYTE);
        position += length;
        try {
            return utf8(text);
        } catch (CharacterCodingException e) {
            throw error(at + 8, what, "valid UTF-8", '"' + new String(text, StandardCharsets.UTF_8) + '"');
        }
    }

    /** Decodes strictly. */
    static String utf8(byte[] text) throws CharacterCodingException {
        return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(text)).toString();
    }

    ModelFileException error(long at, String what, String expected, String found) {
        return ModelFileException.at(file, at, what, expected, found);
    }

    private void require(long count, String what) {
        if (count < 0 || count > remaining()) {
            throw error(position, what, Long.toUnsignedString(count) + " bytes", remaining() + " bytes up to the end");
        }
    }
}
