package dev.vesper.cli;

import dev.vesper.llm.file.ModelFileException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Files that a command reads whole; an error names the file, which those of the JDK do not always do. */
final class Inputs {
    private Inputs() {}

    /** @throws ModelFileException if the file cannot be read */
    static byte[] read(Path file) {
        if (Files.isDirectory(file)) {
            throw new ModelFileException(file, "opening", "a readable file", "a directory");
        }
        try {
            return Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            throw new ModelFileException(file, "opening", "a readable file", "no such file", e);
        } catch (AccessDeniedException e) {
            throw new ModelFileException(file, "opening", "a readable file", "one that you must not read", e);
        } catch (IOException e) {
            throw new ModelFileException(file, "reading", "to read all of it", String.valueOf(e.getMessage()), e);
        }
    }
}
