package dev.vesper.llm.file;

import dev.vesper.tensor.Weight;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * An open GGUF file of version 2 or 3, little-endian, mapped into memory and never copied.
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md">GGUF specification</a>
 */
public final class Gguf implements Checkpoint {
    private final MappedFile file;
    private final GgufHeader header;

    private Gguf(MappedFile file, GgufHeader header) {
        this.file = file;
        this.header = header;
    }

    /**
     * Maps the file and checks its whole header.
     *
     * @throws ModelFileException if there is no such file or it is not well-formed
     */
    public static Gguf open(Path path) {
        return MappedFile.open(path, file -> new Gguf(file, GgufHeader.parse(path, file.bytes())));
    }

    @Override
    public Path path() {
        return file.path();
    }

    @Override
    public Metadata metadata() {
        return header.metadata();
    }

    @Override
    public Map<String, TensorInfo> tensors() {
        return header.tensors();
    }

    @Override
    public Optional<Weight> weight(String name) {
        return Optional.ofNullable(header.tensors().get(name))
                .map(info -> TensorSize.weight(path(), info, file.bytes()));
    }

    @Override
    public void close() {
        file.close();
    }

    @Override
    public String toString() {
        return "Gguf[" + path() + ", " + tensors().size() + " tensors]";
    }
}
