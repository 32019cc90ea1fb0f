package dev.vesper.llm.file;

import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The key-values of a model file, typed and immutable, in the order of the file. Integers of all GGUF kinds are read
 * alike, and so are the two kinds of floating-point numbers; a value of any other type than asked for is an error, never
 * a default. Arrays are decoded at each call, so callers keep what they asked for.
 *
 * <p>All accessors throw {@link ModelFileException}, naming file, key, expected and found type, when the value has
 * another type or is out of range.
 */
public final class Metadata {
    /** Arrays beyond this are refused when asked for: real vocabularies take a few MiB. */
    private static final long MAXIMUM_ARRAY_BYTES = 256L << 20;

    private final Object file;
    private final Map<String, MetadataValue> values;

    /** @param file what messages call the file */
    Metadata(Object file, Map<String, MetadataValue> values) {
        this.file = file;
        this.values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }

    /** No key-values, as of a file that has none. */
    public static Metadata empty(Object file) {
        return new Metadata(file, Map.of());
    }

    /**
     * Begins new metadata.
     *
     * @param file what messages call the file
     */
    public static MetadataBuilder builder(Object file) {
        return new MetadataBuilder(file);
    }

    /** Keys in the order of the file. */
    public Set<String> keys() {
        return values.keySet();
    }

    public boolean contains(String key) {
        return values.containsKey(key);
    }

    /** The type of a value, for keys that may be a scalar or an array. */
    public Optional<ValueType> type(String key) {
        return find(key).map(MetadataValue::type);
    }

    /** A string; bytes that are not valid UTF-8 are an error. */
    public Optional<String> string(String key) {
        return find(key).map(value -> {
            require(value.type() == ValueType.STRING, key, value, "string");
            try {
                return ByteCursor.utf8(value.text());
            } catch (CharacterCodingException e) {
                throw error(
                        key, "valid UTF-8", '"' + new String(value.text(), StandardCharsets.UTF_8) + '"');
            }
        });
    }

    public String requiredString(String key) {
        return string(key).orElseThrow(() -> missing(key, "string"));
    }

    public OptionalLong integer(String key) {
        MetadataValue value = values.get(key);
        if (value == null) {
            return OptionalLong.empty();
        }
        require(value.type().isInteger(), key, value, "integer");
        if (value.beyondLong()) {
            throw error(key, "an integer below 2^63", Long.toUnsignedString(value.integer()));
        }
        return OptionalLong.of(value.integer());
    }

    /** An integer that must be within the range of an int; the default where the key is absent. */
    public int integer(String key, int defaultValue) {
        OptionalLong value = integer(key);
        return value.isPresent() ? inIntRange(key, value.getAsLong()) : defaultValue;
    }

    public int requiredInteger(String key) {
        return inIntRange(key, integer(key).orElseThrow(() -> missing(key, "integer")));
    }

    public OptionalDouble floating(String key) {
        MetadataValue value = values.get(key);
        if (value == null) {
            return OptionalDouble.empty();
        }
        require(value.type().isFloating(), key, value, "floating-point number");
        return OptionalDouble.of(value.floating());
    }

    public double floating(String key, double defaultValue) {
        return floating(key).orElse(defaultValue);
    }

    public double requiredFloating(String key) {
        return floating(key).orElseThrow(() -> missing(key, "floating-point number"));
    }

    public Optional<Boolean> bool(String key) {
        return find(key).map(value -> {
            require(value.type() == ValueType.BOOL, key, value, "bool");
            return value.bool();
        });
    }

    public boolean bool(String key, boolean defaultValue) {
        return bool(key).orElse(defaultValue);
    }

    /** An array of strings for display: bytes that are not valid UTF-8 become U+FFFD. See {@link #byteStrings}. */
    public Optional<List<String>> strings(String key) {
        return byteStrings(key).map(
                texts -> texts.stream()
                        .map(text -> new String(text, StandardCharsets.UTF_8))
                        .toList());
    }

    /** An array of strings in their bytes: vocabularies hold tokens that are not valid UTF-8. */
    public Optional<List<byte[]>> byteStrings(String key) {
        return array(key, "array of string", type -> type == ValueType.STRING).map(MetadataValue::texts);
    }

    /** An array of floating-point numbers; those of 64 bits are rounded to the nearest float. */
    public Optional<float[]> floats(String key) {
        return array(key, "array of floating-point number", ValueType::isFloating).map(MetadataValue::floats);
    }

    /** An array of integers. */
    public Optional<long[]> integers(String key) {
        return array(key, "array of integer", ValueType::isInteger).map(value -> {
            long[] integers = value.integers();
            for (int i = 0; value.elementType() == ValueType.UINT64 && i < integers.length; i++) {
                if (integers[i] < 0) {
                    throw error(
                            key + "[" + i + "]", "an integer below 2^63", Long.toUnsignedString(integers[i]));
                }
            }
            return integers;
        });
    }

    /**
     * Everything, for display, in the order of the file: Long (BigInteger where it does not fit), Float, Double, Boolean,
     * String with bytes that are not valid UTF-8 replaced, or a List of these.
     */
    public Map<String, Object> all() {
        Map<String, Object> all = new LinkedHashMap<>();
        values.forEach((key, value) -> {
            requireReadable(key, value);
            all.put(key, value.toObject());
        });
        return Collections.unmodifiableMap(all);
    }

    /** The values as they are stored, for writing. */
    Map<String, MetadataValue> values() {
        return values;
    }

    @Override
    public String toString() {
        return "Metadata[" + file + ", " + values.size() + " keys]";
    }

    private Optional<MetadataValue> find(String key) {
        return Optional.ofNullable(values.get(key));
    }

    private Optional<MetadataValue> array(
            String key, String expected, Predicate<ValueType> elements) {
        Optional<MetadataValue> value = find(key);
        value.ifPresent(array -> {
            require(
                    array.type() == ValueType.ARRAY && elements.test(array.elementType()), key, array, expected);
            requireReadable(key, array);
        });
        return value;
    }

    private void requireReadable(String key, MetadataValue value) {
        if (value.encoded().byteSize() > MAXIMUM_ARRAY_BYTES) {
            throw error(
                    key,
                    "a value of at most " + MAXIMUM_ARRAY_BYTES + " bytes",
                    value.describe() + " of " + value.encoded().byteSize() + " bytes");
        }
    }

    private int inIntRange(String key, long value) {
        if (value != (int) value) {
            throw error(key, "an integer from -2^31 to 2^31 - 1", Long.toString(value));
        }
        return (int) value;
    }

    private void require(boolean holds, String key, MetadataValue value, String expected) {
        if (!holds) {
            throw error(key, expected, value.describe());
        }
    }

    private ModelFileException missing(String key, String expected) {
        return error(key, expected, "no such key");
    }

    private ModelFileException error(String key, String expected, String found) {
        return new ModelFileException(file, "metadata key " + key, expected, found);
    }
}
