package dev.vesper.cli;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/** Third-party test data, in the folder that the property {@code vesper.fixtures} names. */
final class Fixtures {
    private Fixtures() {}

    /** A file of the folder; the test is skipped where there is no such folder. */
    static Path file(String name) {
        Path folder = Path.of(System.getProperty("vesper.fixtures", "../../shared/fixtures"));
        assumeTrue(Files.isDirectory(folder), "no third-party fixtures in " + folder.toAbsolutePath());
        return folder.resolve(name);
    }
}
