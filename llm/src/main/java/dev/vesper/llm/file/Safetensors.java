package dev.vesper.llm.file;

import dev.vesper.tensor.Format;
import dev.vesper.tensor.Weight;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An open safetensors file, mapped into memory and never copied. Tensors keep the names that the file gives them; its
 * {@code __metadata__} is the metadata, all strings.
 *
 * @see <a href="https://huggingface.co/docs/safetensors/index#format">safetensors format</a>
 */
public final class Safetensors implements Checkpoint {

    /** The element types of the format, with the format that weights have here where there is one. */
    public enum DataType {
        F64(8, Format.F64),
        F32(4, Format.F32),
        F16(2, Format.F16),
        BF16(2, Format.BF16),
        I64(8, Format.I64),
        I32(4, Format.I32),
        I16(2, Format.I16),
        I8(1, Format.I8),
        U64(8),
        U32(4),
        U16(2),
        U8(1),
        BOOL(1),
        F8_E4M3(1),
        F8_E5M2(1),
        F8_E8M0(1),
        C64(8);

        private final int bytes;
        private final Optional<Format> format;

        DataType(int bytes) {
            this.bytes = bytes;
            this.format = Optional.empty();
        }

        DataType(int bytes, Format format) {
            this.bytes = bytes;
            this.format = Optional.of(format);
        }

        /** Bytes of an element. */
        public int bytes() {
            return bytes;
        }

        public Optional<Format> format() {
            return format;
        }

        static Optional<DataType> of(String name) {
            return Arrays.stream(values()).filter(type -> type.name().equals(name)).findFirst();
        }
    }

    /**
     * A tensor as the file describes it.
     *
     * @param shape outermost dimension first, empty for a scalar
     * @param offset bytes from the beginning of the file
     */
    public record Entry(String name, DataType type, List<Long> shape, long offset, long bytes) {
        public Entry {
            shape = List.copyOf(shape);
        }

        private Optional<TensorInfo> info() {
            List<Long> innermostFirst = shape.isEmpty() ? List.of(1L) : shape.reversed();
            return type.format().map(format -> new TensorInfo(name, format, innermostFirst, offset, bytes));
        }
    }

    private final MappedFile file;
    private final SafetensorsHeader header;
    private final Map<String, TensorInfo> tensors;

    private Safetensors(MappedFile file, SafetensorsHeader header, Map<String, TensorInfo> tensors) {
        this.file = file;
        this.header = header;
        this.tensors = tensors;
    }

    /**
     * Maps the file and checks its whole header.
     *
     * @throws ModelFileException if there is no such file or it is not well-formed
     */
    public static Safetensors open(Path path) {
        return MappedFile.open(path, file -> {
            SafetensorsHeader header = SafetensorsHeader.parse(path, file.bytes());
            return new Safetensors(file, header, infos(header));
        });
    }

    /** Every tensor whose elements have a {@link Format}, by name in the order of the file. */
    static Map<String, TensorInfo> infos(SafetensorsHeader header) {
        Map<String, TensorInfo> infos = new LinkedHashMap<>();
        header.entries().values().forEach(entry -> entry.info().ifPresent(info -> infos.put(entry.name(), info)));
        return Collections.unmodifiableMap(infos);
    }

    @Override
    public Path path() {
        return file.path();
    }

    @Override
    public Metadata metadata() {
        return header.metadata();
    }

    /** Tensors that can be weights; {@link #entries()} has the others too. */
    @Override
    public Map<String, TensorInfo> tensors() {
        return tensors;
    }

    /** All tensors of the file by name, in the order of their data; unmodifiable. */
    public Map<String, Entry> entries() {
        return header.entries();
    }

    /** @throws ModelFileException if the tensor has elements of a type that weights cannot have */
    @Override
    public Optional<Weight> weight(String name) {
        Entry entry = entries().get(name);
        if (entry == null) {
            return Optional.empty();
        }
        TensorInfo info = tensors.get(name);
        if (info == null) {
            List<String> readable = new ArrayList<>();
            for (DataType type : DataType.values()) {
                type.format().ifPresent(format -> readable.add(type.name()));
            }
            throw new ModelFileException(
                    path(), "tensor " + name, "a dtype of " + readable, entry.type().name());
        }
        return Optional.of(TensorSize.weight(path(), info, file.bytes()));
    }

    @Override
    public void close() {
        file.close();
    }

    @Override
    public String toString() {
        return "Safetensors[" + path() + ", " + entries().size() + " tensors]";
    }
}
