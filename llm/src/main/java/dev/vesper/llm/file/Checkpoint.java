package dev.vesper.llm.file;

import dev.vesper.tensor.Weight;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * An open model file, mapped into memory: its metadata and its tensors. Everything handed out (metadata, weights) reads
 * the mapped file and is valid until the checkpoint is closed; after that, use throws {@link IllegalStateException}.
 *
 * <p>The file must not be shortened while it is open: the operating system answers reads beyond the new end with a bus
 * error, which the JVM reports as {@link InternalError}. Files written by this package are replaced by renaming, which
 * leaves an open checkpoint on the old contents.
 */
public interface Checkpoint extends AutoCloseable {

    Path path();

    Metadata metadata();

    /** All tensors by name, in the order of the file; unmodifiable. */
    Map<String, TensorInfo> tensors();

    /**
     * The tensor of this name as a matrix of {@link TensorInfo#rows()} and {@link TensorInfo#columns()}, not copied.
     *
     * @throws ModelFileException if it has more than 2^31 - 1 rows or columns
     */
    Optional<Weight> weight(String name);

    /**
     * The tensor of this name, which must be there and have this shape.
     *
     * @throws ModelFileException if it is missing or has another shape
     */
    default Weight requiredWeight(String name, int rows, int columns) {
        Weight weight = weight(name).orElseThrow(
                () -> new ModelFileException(
                        path(), "tensor " + name, "a matrix of %d x %d".formatted(rows, columns),
                        "no tensor of this name"));
        if (weight.rows() != rows || weight.columns() != columns) {
            throw new ModelFileException(
                    path(),
                    "tensor " + name,
                    "%d rows x %d columns".formatted(rows, columns),
                    "%d rows x %d columns".formatted(weight.rows(), weight.columns()));
        }
        return weight;
    }

    @Override
    void close();
}
