package dev.vesper.train.eval;

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
    public SubjectSpec {
        adapters = List.copyOf(adapters);
    }

    /** Its files' names, such as {@code model.gguf + my-adapter}. */
    public String name() {
        return Stream.concat(Stream.of(model), adapters.stream())
                .map(SubjectSpec::last)
                .collect(Collectors.joining(" + "));
    }

    private static String last(Path path) {
        // "." and ".." name nothing by themselves
        Path name = path.toAbsolutePath().normalize().getFileName();
        return name == null ? path.toString() : name.toString();
    }
}
