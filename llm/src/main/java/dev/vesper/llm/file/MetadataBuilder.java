package dev.vesper.llm.file;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Makes {@link Metadata}, to be written or to be read by code under test. Keys keep the order in which they are first
 * set; setting a key again replaces its value.
 */
public final class MetadataBuilder {
    private final Object file;
    private final Map<String, MetadataValue> values = new LinkedHashMap<>();

    /** @param file what messages of the metadata call the file */
    MetadataBuilder(Object file) {
        this.file = file;
    }

    public MetadataBuilder string(String key, String value) {
        return put(key, ValueType.STRING, text(value.getBytes(StandardCharsets.UTF_8)));
    }

    public MetadataBuilder bool(String key, boolean value) {
        return put(key, ValueType.BOOL, new byte[] {(byte) (value ? 1 : 0)});
    }

    /** A {@code uint32}, in which GGUF stores most numbers. */
    public MetadataBuilder integer(String key, long value) {
        return integer(key, ValueType.UINT32, value);
    }

    /**
     * An integer of any kind.
     *
     * @throws IllegalArgumentException if the value is out of the range of the type
     */
    public MetadataBuilder integer(String key, ValueType type, long value) {
        return put(key, type, encode(key, type, new long[] {value}));
    }

    /** A {@code float32}. */
    public MetadataBuilder floating(String key, float value) {
        byte[] encoded = new byte[4];
        little(encoded).putFloat(value);
        return put(key, ValueType.FLOAT32, encoded);
    }

    /** A {@code float64}. */
    public MetadataBuilder floating64(String key, double value) {
        byte[] encoded = new byte[8];
        little(encoded).putDouble(value);
        return put(key, ValueType.FLOAT64, encoded);
    }

    public MetadataBuilder strings(String key, List<String> values) {
        return byteStrings(
                key,
                values.stream().map(value -> value.getBytes(StandardCharsets.UTF_8)).toList());
    }

    public MetadataBuilder byteStrings(String key, List<byte[]> values) {
        ByteArrayOutputStream elements = new ByteArrayOutputStream();
        values.forEach(value -> elements.writeBytes(text(value)));
        return array(key, ValueType.STRING, values.size(), elements.toByteArray());
    }

    /** An array of {@code float32}. */
    public MetadataBuilder floats(String key, float[] values) {
        byte[] elements = new byte[Math.multiplyExact(values.length, 4)];
        little(elements).asFloatBuffer().put(values);
        return array(key, ValueType.FLOAT32, values.length, elements);
    }

    /** An array of {@code int32}. */
    public MetadataBuilder integers(String key, int... values) {
        long[] wide = new long[values.length];
        for (int i = 0; i < values.length; i++) {
            wide[i] = values[i];
        }
        return integers(key, ValueType.INT32, wide);
    }

    /**
     * An array of integers of any kind.
     *
     * @throws IllegalArgumentException if a value is out of the range of the type
     */
    public MetadataBuilder integers(String key, ValueType type, long[] values) {
        return array(key, type, values.length, encode(key, type, values));
    }

    public MetadataBuilder bools(String key, boolean[] values) {
        byte[] elements = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            elements[i] = (byte) (values[i] ? 1 : 0);
        }
        return array(key, ValueType.BOOL, values.length, elements);
    }

    /** Takes over all values as they are stored, of any type; they must stay valid until they are written. */
    public MetadataBuilder all(Metadata metadata) {
        values.putAll(metadata.values());
        return this;
    }

    public MetadataBuilder remove(String key) {
        values.remove(key);
        return this;
    }

    public Metadata build() {
        return new Metadata(file, values);
    }

    private MetadataBuilder array(String key, ValueType elementType, int count, byte[] elements) {
        byte[] encoded = new byte[Math.addExact(12, elements.length)];
        little(encoded).putInt(elementType.number()).putLong(count).put(elements);
        return put(key, ValueType.ARRAY, encoded);
    }

    private MetadataBuilder put(String key, ValueType type, byte[] encoded) {
        int length = key.getBytes(StandardCharsets.UTF_8).length;
        if (length < 1 || length > GgufHeader.MAXIMUM_NAME_BYTES) {
            throw new IllegalArgumentException("metadata key of %d bytes, expected 1 to %d: \"%s\""
                    .formatted(length, GgufHeader.MAXIMUM_NAME_BYTES, key));
        }
        values.put(key, new MetadataValue(type, MemorySegment.ofArray(encoded)));
        return this;
    }

    private static byte[] text(byte[] value) {
        byte[] encoded = new byte[Math.addExact(8, value.length)];
        little(encoded).putLong(value.length).put(value);
        return encoded;
    }

    private static byte[] encode(String key, ValueType type, long[] values) {
        if (!type.isInteger()) {
            throw new IllegalArgumentException("metadata key " + key + ": " + type + " is not an integer type");
        }
        int size = type.minimumBytes();
        byte[] array = new byte[Math.multiplyExact(values.length, size)];
        ByteBuffer encoded = little(array);
        for (long value : values) {
            requireInRange(key, type, value);
            switch (size) {
                case 1 -> encoded.put((byte) value);
                case 2 -> encoded.putShort((short) value);
                case 4 -> encoded.putInt((int) value);
                default -> encoded.putLong(value);
            }
        }
        return array;
    }

    private static void requireInRange(String key, ValueType type, long value) {
        int bits = 8 * type.minimumBytes();
        boolean unsigned = type.name().startsWith("U");
        long minimum = unsigned ? 0 : -1L << (bits - 1);
        long maximum = unsigned && bits < 64 ? (1L << bits) - 1 : Long.MAX_VALUE >> (64 - bits);
        if (value < minimum || value > maximum) {
            throw new IllegalArgumentException("metadata key %s: %s goes from %d to %d, got %d"
                    .formatted(key, type, minimum, maximum, value));
        }
    }

    private static ByteBuffer little(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
