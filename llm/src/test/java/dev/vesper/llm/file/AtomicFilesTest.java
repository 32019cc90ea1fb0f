package dev.vesper.llm.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFilesTest {
    @TempDir
    Path folder;

    @Test
    void filesAreCreatedAndReplaced() throws IOException {
        Path file = folder.resolve("file.json");
        AtomicFiles.write(file, "{\"a\": 1}");
        AtomicFiles.write(file, "{\"ü\": 2}");
        assertThat(file).hasContent("{\"ü\": 2}");
        AtomicFiles.write(file, new byte[] {1, 2});
        assertThat(file).hasBinaryContent(new byte[] {1, 2});
        assertOnlyFileIs(file);
    }

    @Test
    void readersSeeTheOldContentsUntilAllIsWritten() {
        Path file = folder.resolve("file");
        AtomicFiles.write(file, "old");
        AtomicFiles.write(file, channel -> {
            channel.write(ByteBuffer.wrap("new".getBytes(java.nio.charset.StandardCharsets.UTF_8)));
            assertThat(file).hasContent("old");
        });
        assertThat(file).hasContent("new");
    }

    @Test
    void aFullDiskIsNamedAndNothingIsLeftBehind() throws IOException {
        Path file = folder.resolve("file");
        AtomicFiles.write(file, "old");
        assertThatExceptionOfType(ModelFileException.class)
                .isThrownBy(() -> AtomicFiles.write(file, channel -> {
                    channel.write(ByteBuffer.wrap(new byte[1000]));
                    throw new IOException("No space left on device");
                }))
                .withMessageStartingWith(
                        file + ": writing: expected to write all of it, found IOException: No space left on device")
                .withMessageContaining("1000 bytes written")
                .withCauseInstanceOf(IOException.class);
        assertThat(file).hasContent("old");
        assertOnlyFileIs(file);
    }

    @Test
    void errorsOfTheBodyPassThrough() throws IOException {
        Path file = folder.resolve("file");
        AtomicFiles.write(file, "old");
        assertThatThrownBy(() -> AtomicFiles.write(file, channel -> {
            throw new OutOfMemoryError("made up");
        }))
                .isInstanceOf(OutOfMemoryError.class);
        assertThat(file).hasContent("old");
        assertOnlyFileIs(file);
    }

    @Test
    void placesThatCannotBeWrittenAreRefused() {
        assertThatExceptionOfType(ModelFileException.class)
                .isThrownBy(() -> AtomicFiles.write(folder, "x"))
                .withMessage(folder + ": writing: expected a file, found a directory");
        Path nowhere = folder.resolve("missing").resolve("file");
        assertThatExceptionOfType(ModelFileException.class)
                .isThrownBy(() -> AtomicFiles.write(nowhere, "x"))
                .withMessageStartingWith(nowhere + ": writing: ")
                .withMessageContaining("NoSuchFileException");
    }

    @Test
    void aLinkStaysALink() throws IOException {
        Path file = folder.resolve("file");
        AtomicFiles.write(file, "old");
        Path link = Files.createSymbolicLink(folder.resolve("link"), file);
        AtomicFiles.write(link, "new");
        assertThat(link).isSymbolicLink();
        assertThat(file).hasContent("new");
    }

    private void assertOnlyFileIs(Path file) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).containsExactly(file);
        }
    }
}
