package dev.vesper.llm.file;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A metadata value in its bytes as GGUF stores them, decoded when asked for: a vocabulary of 150,000 strings costs a
 * slice until somebody wants it, and is written back byte for byte.
 *
 * <pre>
 * scalar  [value]
 * string  [u64 length][bytes]
 * array   [u32 element type][u64 count][element]...
 * </pre>
 *
 * @param encoded exactly the bytes of the value, already checked to be well-formed
 */
record MetadataValue(ValueType type, MemorySegment encoded) {
    private static final int ARRAY_HEADER = 12;

    /** What the type is called in messages. */
    String describe() {
        return type == ValueType.ARRAY ? "array of %d %s".formatted(count(), elementType()) : type.toString();
    }

    ValueType elementType() {
        return ValueType.ofNumber(encoded.get(ByteCursor.INT, 0)).orElseThrow();
    }

    /** Elements of an array. */
    long count() {
        return encoded.get(ByteCursor.LONG, 4);
    }

    boolean bool() {
        return encoded.get(JAVA_BYTE, 0) != 0;
    }

    /** An integer of any kind; a {@code u64} beyond a long comes out negative, see {@link #beyondLong()}. */
    long integer() {
        return integerAt(type, encoded, 0);
    }

    boolean beyondLong() {
        return type == ValueType.UINT64 && integer() < 0;
    }

    double floating() {
        return floatingAt(type, encoded, 0);
    }

    byte[] text() {
        return encoded.asSlice(8).toArray(JAVA_BYTE);
    }

    /** The elements of an array of integers. */
    long[] integers() {
        ValueType type = elementType();
        MemorySegment elements = encoded.asSlice(ARRAY_HEADER);
        long[] values = new long[(int) count()];
        for (int i = 0; i < values.length; i++) {
            values[i] = integerAt(type, elements, (long) i * type.minimumBytes());
        }
        return values;
    }

    /** The elements of an array of floating-point numbers, those of 64 bits rounded to the nearest float. */
    float[] floats() {
        ValueType type = elementType();
        MemorySegment elements = encoded.asSlice(ARRAY_HEADER);
        if (type == ValueType.FLOAT32) {
            return elements.asSlice(0, Math.multiplyExact(count(), Float.BYTES)).toArray(ByteCursor.FLOAT);
        }
        float[] values = new float[(int) count()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) floatingAt(type, elements, (long) i * type.minimumBytes());
        }
        return values;
    }

    /** The elements of an array of strings. */
    List<byte[]> texts() {
        int count = (int) count();
        List<byte[]> values = new ArrayList<>(count);
        long position = ARRAY_HEADER;
        for (int i = 0; i < count; i++) {
            int length = (int) encoded.get(ByteCursor.LONG, position);
            byte[] text = new byte[length];
            MemorySegment.copy(encoded, JAVA_BYTE, position + 8, text, 0, length);
            values.add(text);
            position += 8 + length;
        }
        return Collections.unmodifiableList(values);
    }

    /** For display: Long (BigInteger beyond it), Float, Double, Boolean, String with replaced bad bytes, or a List. */
    Object toObject() {
        if (type != ValueType.ARRAY) {
            return scalar(type, encoded, 0);
        }
        List<Object> values = new ArrayList<>();
        addElements(0, values);
        return Collections.unmodifiableList(values);
    }

    /** Adds the elements of the array that begins at {@code start}, and returns the position behind it. */
    private long addElements(long start, List<Object> values) {
        ValueType elementType = ValueType.ofNumber(encoded.get(ByteCursor.INT, start)).orElseThrow();
        long count = encoded.get(ByteCursor.LONG, start + 4);
        long position = start + ARRAY_HEADER;
        for (long i = 0; i < count; i++) {
            if (elementType == ValueType.ARRAY) {
                List<Object> nested = new ArrayList<>();
                position = addElements(position, nested);
                values.add(Collections.unmodifiableList(nested));
            } else {
                values.add(scalar(elementType, encoded, position));
                position += elementType == ValueType.STRING
                        ? 8 + encoded.get(ByteCursor.LONG, position)
                        : elementType.minimumBytes();
            }
        }
        return position;
    }

    private static Object scalar(ValueType type, MemorySegment bytes, long at) {
        return switch (type) {
            case BOOL -> bytes.get(JAVA_BYTE, at) != 0;
            case FLOAT32 -> bytes.get(ByteCursor.FLOAT, at);
            case FLOAT64 -> bytes.get(ByteCursor.DOUBLE, at);
            case STRING -> {
                byte[] text = bytes.asSlice(at + 8, bytes.get(ByteCursor.LONG, at)).toArray(JAVA_BYTE);
                yield new String(text, StandardCharsets.UTF_8);
            }
            case UINT64 -> {
                long value = bytes.get(ByteCursor.LONG, at);
                yield value < 0 ? (Object) new BigInteger(Long.toUnsignedString(value)) : (Object) value;
            }
            default -> integerAt(type, bytes, at);
        };
    }

    private static double floatingAt(ValueType type, MemorySegment bytes, long at) {
        return type == ValueType.FLOAT32 ? bytes.get(ByteCursor.FLOAT, at) : bytes.get(ByteCursor.DOUBLE, at);
    }

    private static long integerAt(ValueType type, MemorySegment bytes, long at) {
        return switch (type) {
            case UINT8 -> bytes.get(JAVA_BYTE, at) & 0xFFL;
            case INT8 -> bytes.get(JAVA_BYTE, at);
            case UINT16 -> bytes.get(ByteCursor.SHORT, at) & 0xFFFFL;
            case INT16 -> bytes.get(ByteCursor.SHORT, at);
            case UINT32 -> bytes.get(ByteCursor.INT, at) & 0xFFFF_FFFFL;
            case INT32 -> bytes.get(ByteCursor.INT, at);
            case UINT64, INT64 -> bytes.get(ByteCursor.LONG, at);
            case BOOL, FLOAT32, FLOAT64, STRING, ARRAY -> throw new IllegalArgumentException(type + " is no integer");
        };
    }
}
