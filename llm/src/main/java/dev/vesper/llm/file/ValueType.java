package dev.vesper.llm.file;

import java.util.Locale;
import java.util.Optional;

/**
 * The types of metadata values in a GGUF file, in the order of their numbers.
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md">GGUF specification, gguf_metadata_value_type</a>
 */
public enum ValueType {
    UINT8(0, 1),
    INT8(1, 1),
    UINT16(2, 2),
    INT16(3, 2),
    UINT32(4, 4),
    INT32(5, 4),
    FLOAT32(6, 4),
    BOOL(7, 1),
    STRING(8, 8),
    ARRAY(9, 12),
    UINT64(10, 8),
    INT64(11, 8),
    FLOAT64(12, 8);

    private static final ValueType[] BY_NUMBER = values();

    private final int number;
    private final int minimumBytes;

    ValueType(int number, int minimumBytes) {
        this.number = number;
        this.minimumBytes = minimumBytes;
    }

    /** The number of this type in a file. */
    public int number() {
        return number;
    }

    /** Bytes that a value takes; for strings and arrays, which begin with their length, those of an empty one. */
    public int minimumBytes() {
        return minimumBytes;
    }

    /** Whether values all take {@link #minimumBytes()}. */
    public boolean fixedSize() {
        return this != STRING && this != ARRAY;
    }

    public boolean isInteger() {
        return fixedSize() && !isFloating() && this != BOOL;
    }

    public boolean isFloating() {
        return this == FLOAT32 || this == FLOAT64;
    }

    /** The type with this number, empty if there is none. */
    public static Optional<ValueType> ofNumber(long number) {
        return number < 0 || number >= BY_NUMBER.length ? Optional.empty() : Optional.of(BY_NUMBER[(int) number]);
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
