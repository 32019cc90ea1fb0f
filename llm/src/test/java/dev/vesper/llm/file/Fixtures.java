package dev.vesper.llm.file;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** Third-party files for tests, outside the repository. Tests that need them are skipped where they are absent. */
final class Fixtures {
    private Fixtures() {}

    static Path root() {
        Path root = Path.of(System.getProperty("vesper.fixtures", "../../shared/fixtures"));
        Assumptions.assumeTrue(Files.isDirectory(root), "skipped: no fixtures in " + root);
        return root;
    }

    /** All files below the fixtures with this ending, sorted. */
    static List<Path> filesEndingWith(String ending) {
        try (Stream<Path> files = Files.walk(root())) {
            return files.filter(file -> file.toString().endsWith(ending)).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
