package dev.vesper.llm.file;

import dev.vesper.tensor.Format;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A tensor that waits to be written.
 *
 * @param shape innermost first
 */
record PendingTensor(String name, Format format, List<Long> shape, long bytes, Content content) {

    /** Writes exactly the bytes of the tensor. */
    interface Content {
        void write(ChannelOutput output) throws IOException;
    }

    static PendingTensor of(String name, Format format, List<Long> shape, MemorySegment data) {
        long bytes = bytes(name, format, shape);
        if (data.byteSize() != bytes) {
            throw new IllegalArgumentException("tensor %s: shape %s in %s needs %d bytes, got %d"
                    .formatted(name, shape, format, bytes, data.byteSize()));
        }
        return new PendingTensor(name, format, List.copyOf(shape), bytes, output -> output.bytes(data));
    }

    static PendingTensor of(String name, Format format, List<Long> shape, RowSource source) {
        long bytes = bytes(name, format, shape);
        long rowBytes = format.bytes(shape.getFirst());
        return new PendingTensor(name, format, List.copyOf(shape), bytes, output -> {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment row = arena.allocate(rowBytes, 8);
                for (long i = 0; i < bytes / rowBytes; i++) {
                    source.row(i, row);
                    output.bytes(row);
                }
            }
        });
    }

    private static long bytes(String name, Format format, List<Long> shape) {
        for (long size : shape) {
            if (size < 1) {
                throw new IllegalArgumentException(
                        "tensor %s: sizes must be at least 1, got %s".formatted(name, shape));
            }
        }
        return TensorSize.bytes("a new file", "tensor " + name, format, shape);
    }
}
