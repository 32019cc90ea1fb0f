package dev.vesper.llm.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.vesper.tensor.Format;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SafetensorsTest {
    static final String SMALL =
            """
            {"__metadata__":{"format":"pt"},"a.b":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},\
            "c":{"dtype":"BF16","shape":[5],"data_offsets":[24,34]},"d":{"dtype":"I64","shape":[],"data_offsets":[34,42]},\
            "e":{"dtype":"F16","shape":[0,4],"data_offsets":[42,42]},"f":{"dtype":"U8","shape":[2],"data_offsets":[42,44]}}\
            """;

    @TempDir
    Path folder;

    static List<Arguments> wrong() {
        return List.of(
                wrong(
                        "header beyond the file", new Bytes().u64(100).raw("{}"),
                        "byte 0, length of the header: expected at most 2, for which the remaining 2 bytes have room, found 100"),
                wrong("negative header", new Bytes().u64(-5).raw("{}"), "found 18446744073709551611"),
                wrong("empty header", new Bytes().u64(0).raw("{}"), "expected 2 to 100000000 bytes, found 0"),
                wrong("no object", header("[1]", 0), "byte 8, header: expected {, found \\u005b"),
                wrong("spaces first", header(" {}", 0), "byte 8, header: expected {, found \\u0020"),
                wrong("no JSON", header("{a}", 0), "header: expected valid JSON"),
                wrong("unfinished", header("{\"a\":", 0), "expected valid JSON"),
                wrong("more behind", header("{} {}", 0), "expected nothing but spaces behind the object"),
                wrong(
                        "not UTF-8", new Bytes().u64(5).raw("{\"").u8(0xFF).raw("\":"),
                        "byte 10, header: expected valid UTF-8, found byte 0xff"),
                wrong(
                        "UTF-16", new Bytes().u64(4).raw(new byte[] {'{', 0, '}', 0}),
                        "byte 9, header: expected valid JSON"),
                wrong(
                        "place behind letters of two, three and four bytes", header("{\"äठ😀\":1}", 0),
                        "byte 21, header: expected an object for tensor äठ😀"),
                wrong(
                        "deep", header("{\"__metadata__\":{\"a\":" + "{\"a\":".repeat(5000), 0),
                        "expected a string for metadata key a, found START_OBJECT"),
                wrong("deep arrays", header("{\"t\":{\"shape\":" + "[".repeat(5000), 0), "expected integers from 0"),
                wrong(
                        "tensor is a number", header("{\"t\":1}", 0),
                        "expected an object for tensor t, found VALUE_NUMBER_INT"),
                wrong("no name", header("{\"\":{}}", 0), "tensor: expected a name, found an empty one"),
                wrong(
                        "no dtype", header("{\"t\":{\"shape\":[1],\"data_offsets\":[0,4]}}", 4),
                        "tensor t: expected dtype, shape and data_offsets, found [shape, data_offsets]"),
                wrong(
                        "another property", header("{\"t\":{\"stride\":[1]}}", 4),
                        "expected dtype, shape and data_offsets, found stride"),
                wrong(
                        "property twice", header("{\"t\":{\"dtype\":\"F32\",\"dtype\":\"F16\"}}", 4),
                        "expected each property once, found dtype a second time"),
                wrong("unknown dtype", tensor("Q4", "[1]", "[0,4]", 4), "tensor t: expected a dtype of [F64, F32,"),
                wrong(
                        "dtype is a number", header("{\"t\":{\"dtype\":1}}", 0),
                        "expected a string for dtype of tensor t"),
                wrong(
                        "shape is text", tensor("F32", "\"1\"", "[0,4]", 4),
                        "expected an array of integers for tensor t"),
                wrong("shape of text", tensor("F32", "[\"1\"]", "[0,4]", 4), "expected integers from 0, found 1"),
                wrong("shape with fraction", tensor("F32", "[1.5]", "[0,4]", 4), "expected integers from 0, found 1.5"),
                wrong("negative shape", tensor("F32", "[-1]", "[0,4]", 4), "expected integers from 0, found -1"),
                wrong("shape beyond long", tensor("F32", "[9223372036854775808]", "[0,4]", 4), "expected valid JSON"),
                wrong(
                        "shape of 1000 digits", tensor("F32", "[" + "9".repeat(1000) + "]", "[0,4]", 4),
                        "expected valid JSON"),
                wrong(
                        "nine dimensions", tensor("F32", "[1,1,1,1,1,1,1,1,1]", "[0,4]", 4),
                        "expected at most 8 numbers"),
                wrong(
                        "too many elements", tensor("F32", "[4294967296,4294967296]", "[0,4]", 4),
                        "expected a size below 2^63 bytes, found the shape [4294967296, 4294967296]"),
                wrong(
                        "empty with too many rows", tensor("F32", "[0,4294967296,4294967296]", "[0,0]", 0),
                        "expected a size below 2^63 bytes"),
                wrong("three offsets", tensor("F32", "[1]", "[0,4,4]", 4), "expected at most 2 numbers"),
                wrong(
                        "one offset", tensor("F32", "[1]", "[0]", 4),
                        "expected data_offsets [from, to] with from <= to <= 4, the bytes of data, found [0]"),
                wrong("offsets backwards", tensor("F32", "[1]", "[4,0]", 4), "found [4, 0]"),
                wrong("offsets beyond the file", tensor("F32", "[2]", "[0,8]", 4), "found [0, 8]"),
                wrong(
                        "another size", tensor("F32", "[2]", "[0,4]", 4),
                        "expected 8 bytes for F32 of shape [2], found 4 bytes between data_offsets [0, 4]"),
                wrong(
                        "name twice", header("{\"t\":" + f32(0) + ",\"t\":" + f32(4) + "}", 8),
                        "tensor t: expected each name once"),
                wrong(
                        "overlap", header("{\"t\":" + f32(0) + ",\"u\":" + f32(2) + "}", 8),
                        "tensor u: expected data from byte"),
                wrong(
                        "same data twice", header("{\"t\":" + f32(0) + ",\"u\":" + f32(0) + "}", 4),
                        "where the tensor before it ends"),
                wrong(
                        "hole", header("{\"t\":" + f32(0) + ",\"u\":" + f32(8) + "}", 12),
                        "tensor u: expected data from byte"),
                wrong(
                        "data behind", tensor("F32", "[1]", "[0,4]", 5),
                        "data: expected the end of the file behind the last tensor, found 1 bytes more"),
                wrong(
                        "metadata twice", header("{\"__metadata__\":{},\"__metadata__\":{}}", 0),
                        "__metadata__: expected it once"),
                wrong(
                        "metadata key twice", header("{\"__metadata__\":{\"a\":\"\",\"a\":\"\"}}", 0),
                        "metadata key a: expected it once"),
                wrong(
                        "metadata of numbers", header("{\"__metadata__\":{\"a\":1}}", 0),
                        "expected a string for metadata key a"),
                wrong(
                        "metadata key empty", header("{\"__metadata__\":{\"\":\"\"}}", 0),
                        "expected a key of 1 to 65535 bytes"));
    }

    private static Arguments wrong(String name, Bytes file, String message) {
        return Arguments.of(name, file, message);
    }

    private static Bytes header(String json, int dataBytes) {
        return Bytes.safetensors(json, dataBytes);
    }

    private static Bytes tensor(String type, String shape, String offsets, int dataBytes) {
        return header(
                "{\"t\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":%s}}".formatted(type, shape, offsets),
                dataBytes);
    }

    private static String f32(int offset) {
        return "{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[%d,%d]}".formatted(offset, offset + 4);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("wrong")
    void isRefused(String name, Bytes file, String message) {
        assertThatExceptionOfType(ModelFileException.class)
                .as(name)
                .isThrownBy(() -> SafetensorsHeader.parse("test.safetensors", file.segment()))
                .withMessageStartingWith("test.safetensors: byte ")
                .withMessageContaining(message)
                .withMessageContaining(", found ");
    }

    @Test
    void everyPrefixIsRefused() {
        byte[] file = header(SMALL, 44).toArray();
        for (int length = 0; length < file.length; length++) {
            MemorySegment cut = MemorySegment.ofArray(Arrays.copyOf(file, length));
            assertThat(Parsing.safetensors(cut)).as("the first %d bytes", length).isFalse();
        }
    }

    @Test
    void anyChangedByteIsReadOrRefused() {
        byte[] file = header(SMALL, 44).toArray();
        int read = 0;
        for (int i = 0; i < file.length; i++) {
            byte right = file[i];
            for (int bit = 0; bit <= 8; bit++) {
                // Each bit, and all of them.
                file[i] = (byte) (right ^ (bit == 8 ? 0xFF : 1 << bit));
                read += Parsing.safetensors(MemorySegment.ofArray(file)) ? 1 : 0;
            }
            file[i] = right;
        }
        assertThat(read).as("changes in data and names go unnoticed").isBetween(100, file.length * 9 / 2);
    }

    @Test
    void tensorsAreDescribedAndReadWhereTheyCanBeWeights() throws IOException {
        Path file = Files.write(folder.resolve("small.safetensors"), header(SMALL, 44).toArray());
        try (Safetensors safetensors = Safetensors.open(file)) {
            assertThat(safetensors.metadata().all()).isEqualTo(Map.of("format", "pt"));
            assertThat(safetensors.entries().keySet()).containsExactly("a.b", "c", "d", "e", "f");
            assertThat(safetensors.tensors().keySet()).containsExactly("a.b", "c", "d", "e");
            assertThat(safetensors.tensors().get("a.b").shape()).containsExactly(3L, 2L);
            assertThat(safetensors.entries().get("a.b").shape()).containsExactly(2L, 3L);
            assertThat(safetensors.requiredWeight("a.b", 2, 3).format()).isEqualTo(Format.F32);
            assertThat(safetensors.requiredWeight("c", 1, 5).format()).isEqualTo(Format.BF16);
            assertThat(safetensors.requiredWeight("d", 1, 1).format()).isEqualTo(Format.I64);
            assertThat(safetensors.requiredWeight("e", 0, 4).format()).isEqualTo(Format.F16);
            assertThat(safetensors.weight("absent")).isEmpty();
            assertThatExceptionOfType(ModelFileException.class)
                    .isThrownBy(() -> safetensors.weight("f"))
                    .withMessage(
                            file
                                    + ": tensor f: expected a dtype of [F64, F32, F16, BF16, I64, I32, I16, I8], found U8");
        }
    }

    @Test
    void whatIsWrittenComesBack() throws IOException {
        Path file = folder.resolve("written.safetensors");
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("format", "pt");
        metadata.put("quote", "\"ü\n");
        new SafetensorsWriter(metadata)
                .tensor("half", Format.F16, List.of(3L), MemorySegment.ofArray(new byte[] {1, 2, 3, 4, 5, 6}))
                .tensor("z", Format.F32, List.of(2L, 1L), MemorySegment.ofArray(new float[] {1, 2}))
                .tensor("a", Format.F32, List.of(2L, 2L), (row, to) -> {
                    to.set(ByteCursor.FLOAT, 0, (float) row);
                    to.set(ByteCursor.FLOAT, 4, -(float) row);
                })
                .write(file);
        assertThat(MemorySegment.ofArray(Files.readAllBytes(file)).get(ByteCursor.LONG, 0) % 8).isZero();
        try (Safetensors safetensors = Safetensors.open(file)) {
            assertThat(safetensors.tensors().keySet()).containsExactly("z", "a", "half");
            assertThat(safetensors.metadata().all()).isEqualTo(metadata);
            assertThat(safetensors.tensors().get("z").offset() % 8).isZero();
            MemorySegment a = safetensors.requiredWeight("a", 2, 2).data();
            assertThat(a.toArray(ByteCursor.FLOAT)).containsExactly(0, -0f, 1, -1);
            assertThat(safetensors.requiredWeight("half", 1, 3).data().toArray(java.lang.foreign.ValueLayout.JAVA_BYTE))
                    .containsExactly(1, 2, 3, 4, 5, 6);
        }
    }

    @Test
    void whatTheFormatCannotHoldIsNotWritten() {
        SafetensorsWriter writer = new SafetensorsWriter(Map.of());
        MemorySegment four = MemorySegment.ofArray(new byte[4]);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> writer.tensor("t", Format.I32, List.of(1L), four))
                .withMessageContaining("got I32");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> writer.tensor("__metadata__", Format.F32, List.of(1L), four));
        writer.tensor("t", Format.F32, List.of(1L), four);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> writer.tensor("t", Format.F32, List.of(1L), four))
                .withMessage("tensor t is there already");
    }

    static List<Path> fixtures() {
        return Fixtures.filesEndingWith(".safetensors");
    }

    @ParameterizedTest
    @MethodSource("fixtures")
    void aFileOfOthersReadAndWrittenAgainHasTheSameTensors(Path fixture) throws IOException {
        Path copy = folder.resolve("copy.safetensors");
        try (Safetensors safetensors = Safetensors.open(fixture)) {
            Map<String, String> metadata = new LinkedHashMap<>();
            safetensors.metadata().all().forEach((key, value) -> metadata.put(key, value.toString()));
            SafetensorsWriter writer = new SafetensorsWriter(metadata);
            assertThat(safetensors.entries()).isNotEmpty().hasSameSizeAs(safetensors.tensors());
            safetensors.entries()
                    .forEach(
                            (name, entry) -> writer.tensor(
                                    name,
                                    entry.type().format().orElseThrow(),
                                    entry.shape(),
                                    safetensors.weight(name).orElseThrow().data()));
            writer.write(copy);
            try (Safetensors again = Safetensors.open(copy)) {
                assertThat(again.entries().keySet()).containsExactlyElementsOf(safetensors.entries().keySet());
                assertThat(again.metadata().all()).isEqualTo(safetensors.metadata().all());
                safetensors.entries()
                        .keySet()
                        .forEach(
                                name -> assertThat(
                                        again.weight(name)
                                                .orElseThrow()
                                                .data()
                                                .mismatch(safetensors.weight(name).orElseThrow().data()))
                                        .isEqualTo(-1));
            }
        }
    }
}
