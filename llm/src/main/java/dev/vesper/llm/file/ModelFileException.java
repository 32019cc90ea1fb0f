package dev.vesper.llm.file;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A model file cannot be read or written. The message names the file, the place, what was expected and what was found.
 */
public final class ModelFileException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** @param place where in the file: a key, a tensor, a byte offset */
    public ModelFileException(Object file, String place, String expected, String found) {
        super("%s: %s: expected %s, found %s".formatted(file, place, expected, found));
    }

    public ModelFileException(Object file, String place, String expected, String found, Throwable cause) {
        super("%s: %s: expected %s, found %s".formatted(file, place, expected, found), cause);
    }

    /** An error at a byte of the file. */
    static ModelFileException at(Object file, long offset, String what, String expected, String found) {
        return new ModelFileException(file, "byte " + offset + ", " + what, expected, found);
    }

    /** An error of the operating system, whose words become what was found. */
    static ModelFileException of(Path file, String attempted, IOException cause) {
        return new ModelFileException(
                file, attempted, "success", cause.getClass().getSimpleName() + " " + cause.getMessage(), cause);
    }
}
