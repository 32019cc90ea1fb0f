package dev.vesper.tensor;

import java.lang.foreign.MemorySegment;

/**
 * An immutable matrix {@code [rows, columns]} in some {@link Format}, row-major over native (usually file-mapped)
 * memory: row {@code r} begins at byte {@code r * rowBytes()} of {@code data}. Weights are never copied to be used. A
 * vector is a matrix of one row. A linear layer's weight has a row for each output and a column for each input.
 *
 * @param name the canonical (GGUF) tensor name, for messages
 * @param data exactly the bytes of the matrix, little-endian, with no alignment guaranteed
 */
public record Weight(String name, Format format, MemorySegment data, int rows, int columns) {
    public Weight {
        if (rows < 0 || columns < 0 || columns % format.blockSize() != 0) {
            throw new IllegalArgumentException("weight %s: %d x %d is not made of whole %s blocks of %d"
                    .formatted(name, rows, columns, format, format.blockSize()));
        }
        long expected = format.bytes((long) rows * columns);
        if (data.byteSize() != expected) {
            throw new IllegalArgumentException("weight %s: %d x %d in %s needs %d bytes, got %d"
                    .formatted(name, rows, columns, format, expected, data.byteSize()));
        }
    }

    /** Bytes from one row to the next. */
    public long rowBytes() {
        return format.bytes(columns);
    }

    /** Weights are compared by identity: equal bytes at another place are another weight. */
    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }

    @Override
    public String toString() {
        return "Weight[%s, %s, %d x %d]".formatted(name, format, rows, columns);
    }
}
