package dev.vesper.train.eval;

import dev.vesper.data.Hashes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A model to be evaluated.
 *
 * @param model a GGUF file
 * @param adapters PEFT folders, one on top of the other
 */
public record SubjectSpec(Path model, List<Path> adapters) {
    private static final String WEIGHTS = "adapter_model.safetensors";

    public SubjectSpec {
        adapters = List.copyOf(adapters);
    }

    /** Its files' names, such as {@code model.gguf + my-adapter}. */
    public String name() {
        return Stream.concat(Stream.of(model), adapters.stream())
                .map(SubjectSpec::last)
                .collect(Collectors.joining(" + "));
    }

    /**
     * What tells it from others, even from what has the same name later: where the model lies and its length, and a hash of
     * each adapter.
     */
    public String identity() {
        try {
            StringBuilder identity = new StringBuilder("%s (%d bytes)".formatted(model, Files.size(model)));
            for (Path adapter : adapters) {
                Path weights = adapter.resolve(WEIGHTS);
                identity.append(" + %s (%s)".formatted(
                        adapter, Files.exists(weights) ? Hashes.sha256(weights) : Files.getLastModifiedTime(adapter)));
            }
            return identity.toString();
        } catch (IOException e) {
            throw new UncheckedIOException("%s: %s".formatted(name(), e.getMessage()), e);
        }
    }

    private static String last(Path path) {
        // "." and ".." name nothing by themselves
        Path name = path.toAbsolutePath().normalize().getFileName();
        return name == null ? path.toString() : name.toString();
    }
}
