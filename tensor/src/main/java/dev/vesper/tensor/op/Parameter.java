package dev.vesper.tensor.op;

import dev.vesper.tensor.Format;
import dev.vesper.tensor.Weight;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A float32 weight that is trained: its values, in native memory so that kernels read it like any other weight, and the
 * gradient that backward passes add to.
 *
 * @param gradient {@code [rows, columns]}
 */
public record Parameter(Weight weight, float[] gradient) {
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(java.nio.ByteOrder.LITTLE_ENDIAN);

    public Parameter {
        if (weight.format() != Format.F32 || gradient.length != (long) weight.rows() * weight.columns()) {
            throw new IllegalArgumentException("parameter %s: only F32 with a gradient of its size is trained, got %d"
                    .formatted(weight, gradient.length));
        }
    }

    /** A parameter with a copy of {@code values}, {@code [rows, columns]}, in memory of {@code arena}, a shared one. */
    public static Parameter of(String name, int rows, int columns, float[] values, Arena arena) {
        int size = Math.multiplyExact(rows, columns);
        if (values.length != size) {
            throw new IllegalArgumentException(
                    "parameter %s of %d x %d got %d values".formatted(name, rows, columns, values.length));
        }
        MemorySegment data = arena.allocate((long) rows * columns * Float.BYTES, 64);
        MemorySegment.copy(values, 0, data, FLOAT, 0, size);
        return new Parameter(new Weight(name, Format.F32, data, rows, columns), new float[size]);
    }

    public String name() {
        return weight.name();
    }

    public int size() {
        return gradient.length;
    }

    /** A copy of the values, {@code [rows, columns]}. */
    public float[] values() {
        return weight.data().toArray(FLOAT);
    }

    /** Overwrites the values. */
    public void assign(float[] values) {
        if (values.length != size()) {
            throw new IllegalArgumentException(
                    "parameter %s has %d values, got %d".formatted(name(), size(), values.length));
        }
        MemorySegment.copy(values, 0, weight.data(), FLOAT, 0, values.length);
    }

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
        return "Parameter[" + weight + "]";
    }
}
