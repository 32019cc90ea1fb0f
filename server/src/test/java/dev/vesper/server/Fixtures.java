package dev.vesper.server;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/** Third-party test data, in the folder that the property {@code vesper.fixtures} names. */
final class Fixtures {
    static final Path FOLDER = Path.of(System.getProperty("vesper.fixtures", "../../shared/fixtures"));

    private Fixtures() {}

    static boolean present() {
        return Files.isDirectory(FOLDER);
    }

    /** A file of the folder; the test is skipped where there is no such folder. */
    static Path file(String name) {
        assumeTrue(present(), "no third-party fixtures in " + FOLDER.toAbsolutePath());
        return FOLDER.resolve(name);
    }
}
