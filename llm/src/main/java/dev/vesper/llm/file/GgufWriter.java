package dev.vesper.llm.file;

import dev.vesper.tensor.Format;
import dev.vesper.tensor.Weight;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes GGUF version 3, little-endian: metadata and tensors in the order in which they were given, tensor data aligned
 * to {@code general.alignment} of the metadata (32 where it is absent). Data is streamed, never held as a whole.
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md">GGUF specification</a>
 */
public final class GgufWriter {
    private static final int VERSION = 3;
    /** Other readers keep names in 64 bytes with a zero at the end. */
    private static final int MAXIMUM_TENSOR_NAME_BYTES = 63;

    private final Metadata metadata;
    private final Map<String, PendingTensor> tensors = new LinkedHashMap<>();

    public GgufWriter(Metadata metadata) {
        this.metadata = metadata;
    }

    /**
     * Adds a tensor.
     *
     * @param shape elements along each dimension, innermost first: a matrix is {@code [columns, rows]}
     * @param data its bytes in {@code format}, read when the file is written
     * @throws IllegalArgumentException if name, shape and data do not make a tensor
     * @throws ModelFileException if a row is not made of whole blocks
     */
    public GgufWriter tensor(String name, Format format, List<Long> shape, MemorySegment data) {
        return add(PendingTensor.of(name, format, shape, data));
    }

    /** Adds a tensor whose rows are produced while the file is written. */
    public GgufWriter tensor(String name, Format format, List<Long> shape, RowSource rows) {
        return add(PendingTensor.of(name, format, shape, rows));
    }

    /** Adds a matrix under its own name; one of a single row is written as a vector. */
    public GgufWriter tensor(Weight weight) {
        List<Long> shape = weight.rows() == 1
                ? List.of((long) weight.columns())
                : List.of((long) weight.columns(), (long) weight.rows());
        return tensor(weight.name(), weight.format(), shape, weight.data());
    }

    /**
     * Writes the file: to a temporary file beside it, then renamed.
     *
     * @throws ModelFileException if the file cannot be written; there is then no new file and an old one is untouched
     */
    public void write(Path target) {
        int alignment = GgufHeader.alignment(target, metadata);
        AtomicFiles.write(target, channel -> write(channel, alignment));
    }

    private GgufWriter add(PendingTensor tensor) {
        int length = tensor.name().getBytes(StandardCharsets.UTF_8).length;
        if (length < 1 || length > MAXIMUM_TENSOR_NAME_BYTES) {
            throw new IllegalArgumentException("tensor name of %d bytes, expected 1 to %d: \"%s\""
                    .formatted(length, MAXIMUM_TENSOR_NAME_BYTES, tensor.name()));
        }
        if (tensor.shape().size() > GgufHeader.MAXIMUM_DIMENSIONS) {
            throw new IllegalArgumentException("tensor %s: at most %d dimensions, got %s"
                    .formatted(tensor.name(), GgufHeader.MAXIMUM_DIMENSIONS, tensor.shape()));
        }
        if (tensors.putIfAbsent(tensor.name(), tensor) != null) {
            throw new IllegalArgumentException("tensor " + tensor.name() + " is there already");
        }
        return this;
    }

    private void write(FileChannel channel, int alignment) throws IOException {
        ChannelOutput output = new ChannelOutput(channel);
        output.u32(GgufHeader.MAGIC);
        output.u32(VERSION);
        output.u64(tensors.size());
        output.u64(metadata.values().size());
        for (Map.Entry<String, MetadataValue> entry : metadata.values().entrySet()) {
            text(output, entry.getKey());
            output.u32(entry.getValue().type().number());
            output.bytes(entry.getValue().encoded());
        }
        long offset = 0;
        for (PendingTensor tensor : tensors.values()) {
            text(output, tensor.name());
            output.u32(tensor.shape().size());
            for (long size : tensor.shape()) {
                output.u64(size);
            }
            output.u32(tensor.format().ggmlType());
            output.u64(offset);
            offset = Math.addExact(offset, Math.ceilDiv(tensor.bytes(), alignment) * alignment);
        }
        output.align(alignment, (byte) 0);
        for (PendingTensor tensor : tensors.values()) {
            tensor.content().write(output);
            output.align(alignment, (byte) 0);
        }
        output.flush();
    }

    private static void text(ChannelOutput output, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        output.u64(bytes.length);
        output.bytes(MemorySegment.ofArray(bytes));
    }
}
