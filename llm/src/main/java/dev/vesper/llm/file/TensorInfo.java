package dev.vesper.llm.file;

import dev.vesper.tensor.Format;
import java.util.List;

/**
 * Where a tensor lies in its file.
 *
 * @param shape elements along each dimension, innermost first, as GGUF's {@code ne}: a matrix is {@code [columns, rows]};
 *     1 to 4 dimensions in GGUF
 * @param offset bytes from the beginning of the file
 * @param bytes length in bytes
 */
public record TensorInfo(String name, Format format, List<Long> shape, long offset, long bytes) {
    public TensorInfo {
        shape = List.copyOf(shape);
        if (shape.isEmpty()) {
            throw new IllegalArgumentException("tensor " + name + " has no dimensions; a scalar has the shape [1]");
        }
    }

    /** Elements of a row: the innermost dimension. */
    public long columns() {
        return shape.getFirst();
    }

    /** Rows, counted over all outer dimensions: 1 for a vector, experts times rows for stacked experts. */
    public long rows() {
        long rows = 1;
        for (long size : shape.subList(1, shape.size())) {
            rows = Math.multiplyExact(rows, size);
        }
        return rows;
    }

    public long elements() {
        return Math.multiplyExact(rows(), columns());
    }
}
