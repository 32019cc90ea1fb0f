package dev.vesper.tensor;

/**
 * A float32 matrix {@code [rows, columns]}, row-major, starting at index 0 of an array that may be longer than the
 * matrix. Sequences of a batch lie end to end along the rows; there are no strides, views or broadcasting.
 */
public final class Tensor {
    private final float[] data;
    private final int rows;
    private final int columns;

    /** Wraps {@code data}, whose first {@code rows * columns} elements are the matrix. */
    public Tensor(float[] data, int rows, int columns) {
        if (rows < 0 || columns < 0 || (long) rows * columns > data.length) {
            throw new IllegalArgumentException(
                    "a tensor of %d x %d does not fit into %d floats".formatted(rows, columns, data.length));
        }
        this.data = data;
        this.rows = rows;
        this.columns = columns;
    }

    /** A new matrix of zeros. */
    public static Tensor zeros(int rows, int columns) {
        return new Tensor(new float[Math.multiplyExact(rows, columns)], rows, columns);
    }

    /** The backing array, not a copy; elements from {@link #size()} on are undefined. */
    public float[] data() {
        return data;
    }

    public int rows() {
        return rows;
    }

    public int columns() {
        return columns;
    }

    /** Number of elements, {@code rows * columns}. */
    public int size() {
        return rows * columns;
    }

    public float at(int row, int column) {
        return data[row * columns + column];
    }

    /** Copies the matrix into a new array of exactly its size. */
    public float[] toArray() {
        return java.util.Arrays.copyOf(data, size());
    }

    @Override
    public String toString() {
        return "Tensor[" + rows + ", " + columns + "]";
    }
}
