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
 * @param adapters one on top of the other
 */
public record SubjectSpec(Path model, List<Part> adapters) {
    private static final String WEIGHTS = "adapter_model.safetensors";

    /**
     * An adapter, and how much of it.
     *
     * @param path a PEFT folder or a GGUF file
     */
    public record Part(Path path, double weight) {
        @Override
        public String toString() {
            return weight == 1 ? path.toString() : path + "=" + weight;
        }
    }

    public SubjectSpec {
        adapters = List.copyOf(adapters);
    }

    /** Its files' names, such as {@code model.gguf + my-adapter}. */
    public String name() {
        return Stream.concat(
                Stream.of(last(model)),
                adapters.stream().map(part -> last(part.path()) + (part.weight() == 1 ? "" : "=" + part.weight())))
                .collect(Collectors.joining(" + "));
    }

    /**
     * What tells it from others, even from what has the same name later: where the model lies and its length, and a hash of
     * each adapter.
     */
    public String identity() {
        try {
            StringBuilder identity = new StringBuilder("%s (%d bytes)".formatted(model, Files.size(model)));
            for (Part adapter : adapters) {
                Path weights = Files.isDirectory(adapter.path()) ? adapter.path().resolve(WEIGHTS) : adapter.path();
                identity.append(" + %s (%s)".formatted(
                        adapter,
                        Files.exists(weights) ? Hashes.sha256(weights) : Files.getLastModifiedTime(adapter.path())));
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
