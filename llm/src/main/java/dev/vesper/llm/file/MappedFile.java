package dev.vesper.llm.file;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Function;

/** A regular file mapped read-only, of any length; valid until closed, from any thread. */
record MappedFile(Path path, Arena arena, MemorySegment bytes) implements AutoCloseable {

    /** Maps the file and parses it; whatever goes wrong, nothing stays mapped. */
    static <T> T open(Path path, Function<MappedFile, T> parser) {
        // Opening a pipe would wait for a writer, and mapping a directory fails without saying why.
        if (!Files.isRegularFile(path)) {
            String found = Files.isDirectory(path)
                    ? "a directory"
                    : Files.exists(path) ? "neither file nor directory" : "no such file";
            throw new ModelFileException(path, "opening", "a readable file", found);
        }
        Arena arena = Arena.ofShared();
        boolean done = false;
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            MemorySegment bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            T result = parser.apply(new MappedFile(path, arena, bytes));
            done = true;
            return result;
        } catch (IOException e) {
            throw ModelFileException.of(path, "opening", e);
        } finally {
            if (!done) {
                arena.close();
            }
        }
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
