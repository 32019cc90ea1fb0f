package dev.vesper.llm.file;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.vesper.tensor.Format;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class GgufWriterTest {
    @TempDir
    Path folder;

    static List<Path> fixtures() {
        return Fixtures.filesEndingWith(".gguf");
    }

    @ParameterizedTest
    @MethodSource("fixtures")
    void aFileReadAndWrittenAgainIsTheSameByteForByte(Path fixture) throws IOException {
        Path copy = folder.resolve("copy.gguf");
        try (Gguf gguf = Gguf.open(fixture)) {
            GgufWriter writer = new GgufWriter(gguf.metadata());
            gguf.tensors()
                    .forEach(
                            (name, info) -> writer.tensor(
                                    name, info.format(), info.shape(), gguf.weight(name).orElseThrow().data()));
            writer.write(copy);
            if (gguf.tensors().isEmpty()) {
                // Other writers leave out the padding before data that is not there.
                try (Gguf again = Gguf.open(copy)) {
                    assertThat(again.metadata().all()).isEqualTo(gguf.metadata().all());
                }
                assertThat(Files.readAllBytes(copy)).startsWith(Files.readAllBytes(fixture));
                return;
            }
        }
        assertThat(Files.mismatch(fixture, copy)).isEqualTo(-1);
    }

    @Test
    void everyKindOfValueComesBack() {
        Metadata metadata = Metadata.builder("test")
                .string("general.architecture", "llama")
                .integer("general.alignment", 64)
                .bool("bool", true)
                .floating("float", 0.1f)
                .floating64("double", 0.1)
                .strings("strings", List.of("a", "", "ü"))
                .floats("floats", new float[] {1, Float.NaN})
                .integers("integers", ValueType.UINT16, new long[] {0, 65_535})
                .bools("bools", new boolean[] {true})
                .build();
        Path file = folder.resolve("values.gguf");
        new GgufWriter(metadata)
                .tensor("a", Format.F32, List.of(3L), MemorySegment.ofArray(new float[] {1, 2, 3}))
                .tensor("b", Format.F32, List.of(1L, 2L), MemorySegment.ofArray(new float[] {4, 5}))
                .write(file);
        try (Gguf gguf = Gguf.open(file)) {
            assertThat(gguf.metadata().all()).isEqualTo(metadata.all());
            assertThat(gguf.metadata().keys()).containsExactlyElementsOf(metadata.keys());
            assertThat(gguf.tensors().values()).allMatch(info -> info.offset() % 64 == 0);
            assertThat(gguf.requiredWeight("b", 2, 1).data().get(ByteCursor.FLOAT, 4)).isEqualTo(5);
            assertThatExceptionOfType(ModelFileException.class)
                    .isThrownBy(() -> gguf.requiredWeight("a", 3, 1))
                    .withMessage(file + ": tensor a: expected 3 rows x 1 columns, found 1 rows x 3 columns");
            assertThatExceptionOfType(ModelFileException.class)
                    .isThrownBy(() -> gguf.requiredWeight("c", 3, 1))
                    .withMessageContaining("tensor c: expected a matrix of 3 x 1, found no tensor of this name");
        }
    }

    @Test
    void rowsAreProducedWhileTheyAreWritten() {
        Path file = folder.resolve("rows.gguf");
        // More than the buffer, in rows that do not divide it.
        int rows = 3000;
        int columns = 333;
        new GgufWriter(Metadata.empty("test"))
                .tensor("t", Format.F32, List.of((long) columns, (long) rows), (row, destination) -> {
                    for (int i = 0; i < columns; i++) {
                        destination.set(ByteCursor.FLOAT, 4L * i, (float) (row * columns + i));
                    }
                })
                .write(file);
        try (Gguf gguf = Gguf.open(file)) {
            MemorySegment data = gguf.requiredWeight("t", rows, columns).data();
            for (int i = 0; i < rows * columns; i++) {
                assertThat(data.get(ByteCursor.FLOAT, 4L * i)).isEqualTo(i);
            }
        }
    }

    @Test
    void aFileBeyondTwoGibibytesWorks() throws IOException {
        Path file = folder.resolve("large.gguf");
        long columns = 1 << 20;
        long rows = 2200;
        // The middle is a hole in the file: no data reaches the disk for it.
        byte[] header = Bytes.gguf(2, 0)
                .tensor("large", 24, 0, columns, rows)
                .tensor("last", 24, columns * rows, 32)
                .align()
                .toArray();
        try (var channel = java.nio.channels.FileChannel.open(
                file, java.nio.file.StandardOpenOption.CREATE, java.nio.file.StandardOpenOption.WRITE)) {
            channel.write(java.nio.ByteBuffer.wrap(header));
            channel.write(java.nio.ByteBuffer.wrap(new byte[] {1, 2, 3}), header.length + columns * rows + 29);
        }
        assertThat(Files.size(file)).isGreaterThan(Integer.MAX_VALUE);
        try (Gguf gguf = Gguf.open(file)) {
            assertThat(gguf.requiredWeight("last", 1, 32).data().get(JAVA_BYTE, 31)).isEqualTo((byte) 3);
            assertThat(gguf.requiredWeight("large", (int) rows, (int) columns).data().byteSize())
                    .isEqualTo(columns * rows);
        }
    }

    @Test
    void aClosedFileIsNotRead() {
        Path file = folder.resolve("closed.gguf");
        new GgufWriter(Metadata.builder("test").integer("k", 1).build())
                .tensor("t", Format.F32, List.of(1L), MemorySegment.ofArray(new float[] {1}))
                .write(file);
        Gguf gguf = Gguf.open(file);
        var weight = gguf.requiredWeight("t", 1, 1);
        gguf.close();
        gguf.close();
        assertThatIllegalStateException().isThrownBy(() -> weight.data().get(ByteCursor.FLOAT, 0));
        assertThatIllegalStateException().isThrownBy(() -> gguf.metadata().integer("k"));
    }

    @Test
    void anOpenFileCanBeReplaced() {
        Path file = folder.resolve("replaced.gguf");
        writeOne(file, 1);
        try (Gguf old = Gguf.open(file)) {
            writeOne(file, 2);
            assertThat(old.requiredWeight("t", 1, 1).data().get(ByteCursor.FLOAT, 0)).isEqualTo(1);
        }
        try (Gguf current = Gguf.open(file)) {
            assertThat(current.requiredWeight("t", 1, 1).data().get(ByteCursor.FLOAT, 0)).isEqualTo(2);
        }
    }

    private static void writeOne(Path file, float value) {
        new GgufWriter(Metadata.empty("test"))
                .tensor("t", Format.F32, List.of(1L), MemorySegment.ofArray(new float[] {value}))
                .write(file);
    }

    @Test
    void whatIsNoTensorIsRefusedBeforeAnythingIsWritten() {
        GgufWriter writer = new GgufWriter(Metadata.empty("test"));
        MemorySegment four = Arena.ofAuto().allocate(16);
        writer.tensor("t", Format.F32, List.of(4L), four);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> writer.tensor("t", Format.F32, List.of(4L), four))
                .withMessage("tensor t is there already");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> writer.tensor("u", Format.F32, List.of(5L), four))
                .withMessage("tensor u: shape [5] in F32 needs 20 bytes, got 16");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> writer.tensor("u", Format.F32, List.of(4L, 0L), four))
                .withMessageContaining("sizes must be at least 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> writer.tensor("u", Format.F32, List.of(4L, 1L, 1L, 1L, 1L), four))
                .withMessageContaining("at most 4 dimensions");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> writer.tensor("u".repeat(64), Format.F32, List.of(4L), four))
                .withMessageContaining("tensor name of 64 bytes, expected 1 to 63");
        assertThatExceptionOfType(ModelFileException.class)
                .isThrownBy(() -> writer.tensor("u", Format.Q4_0, List.of(16L), four))
                .withMessageContaining("rows of whole Q4_0 blocks of 32 elements, found rows of 16");
        assertThatExceptionOfType(ModelFileException.class)
                .isThrownBy(
                        () -> new GgufWriter(Metadata.builder("test")
                                .integer("general.alignment", 12)
                                .build())
                                .write(folder.resolve("x.gguf")))
                .withMessageContaining("expected a power of two from 8 to 1048576, found 12");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void aFailureLeavesTheOldFileAndNothingElse() throws IOException {
        Path file = folder.resolve("kept.gguf");
        writeOne(file, 1);
        byte[] before = Files.readAllBytes(file);
        GgufWriter failing = new GgufWriter(Metadata.empty("test")).tensor("t", Format.F32, List.of(4L), (row, to) -> {
            throw new IllegalStateException("the source failed");
        });
        assertThatIllegalStateException().isThrownBy(() -> failing.write(file)).withMessage("the source failed");
        assertThat(Files.readAllBytes(file)).isEqualTo(before);
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).containsExactly(file);
        }
    }
}
