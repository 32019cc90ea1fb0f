package dev.vesper.llm.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Writes files so that a reader, or a machine that loses power, sees the old contents or the new ones, never a part:
 * the contents go to a temporary file in the same directory, reach the disk, and take the place of the target in one
 * rename.
 */
public final class AtomicFiles {
    private AtomicFiles() {}

    /** Writes the contents. */
    @FunctionalInterface
    public interface WriteBody {
        void write(FileChannel channel) throws IOException;
    }

    /**
     * Replaces or creates {@code target} with what {@code body} writes. When anything fails, the body included, the
     * target is as it was and the temporary file is deleted.
     *
     * @throws ModelFileException if the operating system refuses, for one because the disk is full
     */
    public static void write(Path target, WriteBody body) {
        if (Files.isDirectory(target)) {
            throw new ModelFileException(target, "writing", "a file", "a directory");
        }
        Path real = real(target);
        Path temporary = real.resolveSibling(
                ".%s.%s.tmp".formatted(
                        real.getFileName(), HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong())));
        try {
            try (FileChannel channel =
                    FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                body.write(channel);
                channel.force(true);
            }
            Files.move(temporary, real, StandardCopyOption.ATOMIC_MOVE);
            forceDirectory(real.resolveSibling("."));
        } catch (IOException e) {
            String found = describe(temporary, e);
            delete(temporary, e);
            throw new ModelFileException(target, "writing", "to write all of it", found, e);
        } catch (RuntimeException | Error e) {
            delete(temporary, e);
            throw e;
        }
    }

    /** Replaces or creates {@code target} with these bytes. */
    public static void write(Path target, byte[] contents) {
        write(target, channel -> {
            ByteBuffer buffer = ByteBuffer.wrap(contents);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
        });
    }

    /** Replaces or creates {@code target} with this text in UTF-8. */
    public static void write(Path target, String text) {
        write(target, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Renaming onto a link would replace the link and not the file it leads to. */
    private static Path real(Path target) {
        try {
            return Files.exists(target) ? target.toRealPath() : target.toAbsolutePath();
        } catch (IOException e) {
            throw ModelFileException.of(target, "writing", e);
        }
    }

    /** The words of the operating system, and the numbers that tell a full disk from other troubles. */
    private static String describe(Path temporary, IOException error) {
        String words = error.getClass().getSimpleName() + ": " + error.getMessage();
        try {
            return "%s, with %d bytes written and %d free".formatted(
                    words,
                    Files.exists(temporary) ? Files.size(temporary) : 0,
                    Files.getFileStore(temporary.resolveSibling(".")).getUsableSpace());
        } catch (IOException unknown) {
            error.addSuppressed(unknown);
            return words;
        }
    }

    private static void delete(Path temporary, Throwable reason) {
        try {
            Files.deleteIfExists(temporary);
        } catch (IOException e) {
            reason.addSuppressed(e);
        }
    }

    /** Makes the rename itself durable. Windows cannot open directories and does not need it. */
    private static void forceDirectory(Path directory) throws IOException {
        if (System.getProperty("os.name").startsWith("Windows")) {
            return;
        }
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
