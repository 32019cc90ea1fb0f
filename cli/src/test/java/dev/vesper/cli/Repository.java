package dev.vesper.cli;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where the sources of this project lie. */
final class Repository {
    private Repository() {}

    /** The folder of the Maven wrapper, at or above the folder that the test runs in. */
    static Path root() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("mvnw"))) {
            folder = folder.getParent();
            if (folder == null) {
                throw new IllegalStateException("no folder with mvnw at or above " + Path.of("").toAbsolutePath());
            }
        }
        return folder;
    }
}
