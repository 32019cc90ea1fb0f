package dev.vesper.llm.file;

import dev.vesper.tensor.Format;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Writes safetensors of F32, F16 and BF16: first those of four bytes an element, then those of two, each in the order in
 * which they were given, so that all data is aligned to its elements. The header is padded to a multiple of 8 bytes.
 *
 * @see <a href="https://huggingface.co/docs/safetensors/index#format">safetensors format</a>
 */
public final class SafetensorsWriter {
    private static final Set<Format> FORMATS = EnumSet.of(Format.F32, Format.F16, Format.BF16);
    private static final JsonFactory JSON = new JsonFactory();

    private final Map<String, String> metadata;
    private final Map<String, PendingTensor> tensors = new LinkedHashMap<>();

    /** @param metadata the strings of {@code __metadata__}; PyTorch's readers ask for {@code format=pt} */
    public SafetensorsWriter(Map<String, String> metadata) {
        this.metadata = new LinkedHashMap<>(metadata);
    }

    /**
     * Adds a tensor.
     *
     * @param shape outermost dimension first: a matrix is {@code [rows, columns]}
     * @param data its little-endian bytes, read when the file is written
     * @throws IllegalArgumentException if name, format, shape and data do not make a tensor
     */
    public SafetensorsWriter tensor(String name, Format format, List<Long> shape, MemorySegment data) {
        return add(PendingTensor.of(name, format, shape.reversed(), data));
    }

    /** Adds a tensor whose rows are produced while the file is written. */
    public SafetensorsWriter tensor(String name, Format format, List<Long> shape, RowSource rows) {
        return add(PendingTensor.of(name, format, shape.reversed(), rows));
    }

    /**
     * Writes the file: to a temporary file beside it, then renamed.
     *
     * @throws ModelFileException if the file cannot be written; there is then no new file and an old one is untouched
     */
    public void write(Path target) {
        List<PendingTensor> ordered = new ArrayList<>(tensors.values());
        ordered.sort(Comparator.comparingInt(tensor -> -tensor.format().blockBytes()));
        byte[] header = header(ordered);
        AtomicFiles.write(target, channel -> {
            ChannelOutput output = new ChannelOutput(channel);
            output.u64(Math.ceilDiv(header.length, 8) * 8L);
            output.bytes(MemorySegment.ofArray(header));
            output.align(8, (byte) ' ');
            for (PendingTensor tensor : ordered) {
                tensor.content().write(output);
            }
            output.flush();
        });
    }

    private SafetensorsWriter add(PendingTensor tensor) {
        if (!FORMATS.contains(tensor.format())) {
            throw new IllegalArgumentException("tensor %s: safetensors are written in %s, got %s"
                    .formatted(tensor.name(), FORMATS, tensor.format()));
        }
        if (tensor.name().isEmpty() || tensor.name().equals(SafetensorsHeader.METADATA)) {
            throw new IllegalArgumentException("a tensor cannot be called \"" + tensor.name() + '"');
        }
        if (tensors.putIfAbsent(tensor.name(), tensor) != null) {
            throw new IllegalArgumentException("tensor " + tensor.name() + " is there already");
        }
        return this;
    }

    private byte[] header(List<PendingTensor> ordered) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), bytes)) {
            json.writeStartObject();
            if (!metadata.isEmpty()) {
                json.writeName(SafetensorsHeader.METADATA);
                json.writeStartObject();
                metadata.forEach(json::writeStringProperty);
                json.writeEndObject();
            }
            long offset = 0;
            for (PendingTensor tensor : ordered) {
                json.writeName(tensor.name());
                json.writeStartObject();
                json.writeStringProperty("dtype", tensor.format().name());
                numbers(json, "shape", tensor.shape().reversed());
                numbers(json, "data_offsets", List.of(offset, offset + tensor.bytes()));
                json.writeEndObject();
                offset = Math.addExact(offset, tensor.bytes());
            }
            json.writeEndObject();
        }
        return bytes.toByteArray();
    }

    private static void numbers(JsonGenerator json, String name, List<Long> numbers) {
        json.writeName(name);
        json.writeStartArray();
        for (long number : numbers) {
            json.writeNumber(number);
        }
        json.writeEndArray();
    }
}
