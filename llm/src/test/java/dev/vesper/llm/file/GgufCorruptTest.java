package dev.vesper.llm.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Files that are wrong: each is refused for what is wrong with it, quickly and without taking memory. */
class GgufCorruptTest {
    private static final int F32 = 0;
    private static final int Q4_0 = 2;
    private static final int Q4_K = 12;

    /** All kinds of values and two tensors. */
    static Bytes small() {
        Bytes file = Bytes.gguf(2, 7)
                .key("general.architecture", ValueType.STRING)
                .text("llama")
                .key("a.bool", ValueType.BOOL)
                .u8(1)
                .key("an.int", ValueType.INT8)
                .u8(0xFE)
                .key("a.float", ValueType.FLOAT32)
                .u32(Float.floatToIntBits(1e-5f))
                .key("big", ValueType.UINT64)
                .u64(-1)
                .key("texts", ValueType.ARRAY)
                .array(ValueType.STRING, 2)
                .text("x")
                .text("")
                .key("nested", ValueType.ARRAY)
                .array(ValueType.ARRAY, 2)
                .array(ValueType.BOOL, 2)
                .u8(0)
                .u8(1)
                .array(ValueType.INT16, 1)
                .u8(1)
                .u8(2)
                .tensor("one", F32, 0, 2, 3)
                .tensor("two", Q4_0, 32, 32, 1, 2);
        return file.align().raw(new byte[32]).raw(new byte[2 * 18]);
    }

    static List<Arguments> wrong() {
        return List.of(
                wrong("magic", new Bytes().raw("GGML").u32(3).u64(0).u64(0), "byte 0, magic: expected \"GGUF\""),
                wrong(
                        "version 1", new Bytes().raw("GGUF").u32(1).u32(0).u32(0),
                        "version: expected GGUF version 2 or 3, found version 1"),
                wrong("version 4", new Bytes().raw("GGUF").u32(4).u64(0).u64(0), "found version 4"),
                wrong("version 0", new Bytes().raw("GGUF").u32(0).u64(0).u64(0), "found version 0"),
                wrong(
                        "big-endian", new Bytes().raw("GGUF").u32(0x0300_0000).u64(0).u64(0),
                        "found a big-endian file of version 3"),
                wrong("absurd tensors", Bytes.gguf(Long.MAX_VALUE, 0), "number of tensors: expected at most 0"),
                wrong("negative tensors", Bytes.gguf(-1, 0), "found 18446744073709551615"),
                wrong("absurd keys", Bytes.gguf(0, 1L << 40), "number of key-values: expected at most 0"),
                wrong(
                        "too many keys", Bytes.gguf(0, 70_000).raw(new byte[1_000_000]),
                        "expected at most 65536, found 70000"),
                wrong("empty key", Bytes.gguf(0, 1).text("").u32(7).u8(1).u8(0), "expected 1 to 65535 bytes, found 0"),
                wrong(
                        "long key", Bytes.gguf(0, 1).text("k".repeat(65_536)).u32(7).u8(1),
                        "expected 1 to 65535 bytes, found 65536"),
                wrong(
                        "endless key", Bytes.gguf(0, 1).u64(1L << 62).raw(new byte[20]),
                        "metadata key length: expected at most 20"),
                wrong("key not UTF-8", Bytes.gguf(0, 1).u64(2).u8(0xC3).u8(0x28).u32(7).u8(1), "expected valid UTF-8"),
                wrong(
                        "value type", Bytes.gguf(0, 1).text("kk").u32(13).u8(1),
                        "type of kk: expected a value type from 0 to 12, found 13"),
                wrong("value type beyond int", Bytes.gguf(0, 1).text("kk").u32(0xFFFF_FFFFL).u8(1), "found 4294967295"),
                wrong(
                        "bool of 2", Bytes.gguf(0, 1).key("k", ValueType.BOOL).u8(2),
                        "k: expected a bool of 0 or 1, found 2"),
                wrong(
                        "cut value", Bytes.gguf(0, 1).key("kkkk", ValueType.INT64).u32(0),
                        "kkkk: expected 8 bytes, found 4 bytes up to the end"),
                wrong(
                        "endless string", Bytes.gguf(0, 1).key("k", ValueType.STRING).u64(Long.MIN_VALUE),
                        "found 9223372036854775808"),
                wrong(
                        "key twice", Bytes.gguf(0, 2).key("k", ValueType.BOOL).u8(1).key("k", ValueType.BOOL).u8(1),
                        "metadata key k: expected each key once"),
                wrong(
                        "endless array",
                        Bytes.gguf(0, 1)
                                .key("k", ValueType.ARRAY)
                                .array(ValueType.INT64, Long.MAX_VALUE / 8 + 1)
                                .u64(0),
                        "expected at most 1, for which the remaining 8 bytes have room"),
                wrong(
                        "array just too long",
                        Bytes.gguf(0, 1).key("k", ValueType.ARRAY).array(ValueType.INT16, 3).u32(0),
                        "expected at most 2, for which the remaining 4 bytes have room, found 3"),
                wrong(
                        "endless strings",
                        Bytes.gguf(0, 1).key("k", ValueType.ARRAY).array(ValueType.STRING, 1L << 33).u64(0),
                        "expected at most 1"),
                wrong(
                        "string in array beyond the end",
                        Bytes.gguf(0, 1).key("k", ValueType.ARRAY).array(ValueType.STRING, 1).u64(5).raw("abc"),
                        "k: expected at most 3"),
                wrong("element type", Bytes.gguf(0, 1).key("k", ValueType.ARRAY).u32(99).u64(0), "found 99"),
                wrong("deep arrays", deep(100_000), "expected arrays nested at most 4 deep"),
                wrong(
                        "alignment of 0", aligned(0),
                        "general.alignment: expected a power of two from 8 to 1048576, found 0"),
                wrong("alignment of 48", aligned(48), "found 48"),
                wrong(
                        "alignment beyond int", aligned(0x8000_0000L),
                        "general.alignment: expected an integer from -2^31"),
                wrong(
                        "alignment as text", Bytes.gguf(0, 1).key("general.alignment", ValueType.STRING).text("32"),
                        "general.alignment: expected integer, found string"),
                wrong(
                        "no dimensions", Bytes.gguf(1, 0).tensor("t", F32, 0).raw(new byte[96]),
                        "tensor t: expected 1 to 4 dimensions, found 0"),
                wrong(
                        "five dimensions", Bytes.gguf(1, 0).tensor("t", F32, 0, 1, 1, 1, 1, 1).raw(new byte[96]),
                        "found 5"),
                wrong("size of 0", one(F32, 0, 4, 0), "tensor t: expected sizes from 1 to 2^63 - 1, found 0"),
                wrong("negative size", one(F32, 0, -4), "found 18446744073709551612"),
                wrong(
                        "too many elements", one(F32, 0, 1L << 32, 1L << 32),
                        "expected less than 2^63 elements, found the shape [4294967296, 4294967296]"),
                wrong("too many bytes", one(F32, 0, 1L << 61), "expected a size below 2^63 bytes"),
                wrong(
                        "elements wrap to few", one(F32, 0, 1L << 33, 1L << 31, 1, 2),
                        "expected less than 2^63 elements"),
                wrong("unknown type", one(1000, 0, 4), "tensor t: expected a known ggml type, found type 1000"),
                wrong("removed type", one(4, 0, 4), "found type 4"),
                wrong("type beyond int", one(-1, 0, 4), "found type 4294967295"),
                wrong(
                        "broken block", one(Q4_K, 0, 255),
                        "expected rows of whole Q4_K blocks of 256 elements, found rows of 255"),
                wrong(
                        "offset beyond the file", one(F32, 1L << 20, 4),
                        "tensor t offset: expected a multiple of 32 below the file's"),
                wrong("negative offset", one(F32, -32, 4), "found 18446744073709551584"),
                wrong("misaligned", one(F32, 8, 4), "expected a multiple of 32"),
                wrong(
                        "data beyond the end", one(F32, 64, 4),
                        "tensor t: expected 16 bytes of data from byte 64 + 64, found a file of 128 bytes"),
                wrong(
                        "same name twice",
                        Bytes.gguf(2, 0).tensor("t", F32, 0, 4).tensor("t", F32, 32, 4).align().raw(new byte[64]),
                        "tensor t: expected each name once"),
                wrong(
                        "overlap",
                        Bytes.gguf(2, 0).tensor("t", F32, 0, 9).tensor("u", F32, 32, 4).align().raw(new byte[64]),
                        "tensor u: expected data from byte 132, the end of tensor t, found data from byte 128"),
                wrong(
                        "same data twice",
                        Bytes.gguf(2, 0).tensor("t", F32, 0, 4).tensor("u", F32, 0, 4).align().raw(new byte[64]),
                        "the end of tensor t"),
                wrong(
                        "data of more than 2^31 rows is missing", one(F32, 0, 1, 1L << 32),
                        "expected 17179869184 bytes of data"));
    }

    private static Arguments wrong(String name, Bytes file, String message) {
        return Arguments.of(name, file, message);
    }

    private static Bytes deep(int depth) {
        Bytes file = Bytes.gguf(0, 1).key("k", ValueType.ARRAY);
        for (int i = 0; i < depth; i++) {
            file.array(ValueType.ARRAY, 1);
        }
        return file.array(ValueType.BOOL, 0);
    }

    private static Bytes aligned(long alignment) {
        return Bytes.gguf(0, 1).key("general.alignment", ValueType.UINT32).u32(alignment);
    }

    private static Bytes one(int type, long offset, long... shape) {
        return Bytes.gguf(1, 0).tensor("t", type, offset, shape).align().raw(new byte[64]);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("wrong")
    void isRefused(String name, Bytes file, String message) {
        assertThatExceptionOfType(ModelFileException.class)
                .as(name)
                .isThrownBy(() -> GgufHeader.parse("test.gguf", file.segment()))
                .withMessageStartingWith("test.gguf: ")
                .withMessageContaining(message)
                .withMessageContaining(": expected ")
                .withMessageContaining(", found ");
    }

    @Test
    void theSmallFileItselfIsRight() {
        GgufHeader header = GgufHeader.parse("test.gguf", small().segment());
        assertThat(header.tensors().keySet()).containsExactly("one", "two");
        assertThat(header.metadata().all().toString())
                .isEqualTo(
                        "{general.architecture=llama, a.bool=true, an.int=-2, a.float=1.0E-5, "
                                + "big=18446744073709551615, texts=[x, ], nested=[[false, true], [513]]}");
        assertThat(header.tensors().get("two"))
                .isEqualTo(new TensorInfo("two", dev.vesper.tensor.Format.Q4_0, List.of(32L, 1L, 2L), 384, 36));
    }

    @Test
    void everyPrefixIsRefused() {
        byte[] file = small().toArray();
        for (int length = 0; length < file.length; length++) {
            MemorySegment cut = MemorySegment.ofArray(Arrays.copyOf(file, length));
            assertThat(Parsing.gguf(cut)).as("the first %d bytes", length).isFalse();
        }
    }

    @Test
    void bytesBehindTheDataAreFine() {
        assertThat(Parsing.gguf(small().raw(new byte[7]).segment())).isTrue();
    }

    @Test
    void anyChangedByteIsReadOrRefused() {
        byte[] file = small().toArray();
        int read = 0;
        for (int i = 0; i < file.length; i++) {
            byte right = file[i];
            for (int bit = 0; bit <= 8; bit++) {
                // Each bit, and all of them.
                file[i] = (byte) (right ^ (bit == 8 ? 0xFF : 1 << bit));
                read += Parsing.gguf(MemorySegment.ofArray(file)) ? 1 : 0;
            }
            file[i] = right;
        }
        assertThat(read).as("changes in data, texts and numbers go unnoticed").isBetween(100, file.length * 9 / 2);
    }

    @Test
    void aHugeArrayIsSkippedInTime() {
        int count = 30_000_000;
        Bytes file = Bytes.gguf(0, 1).key("k", ValueType.ARRAY).array(ValueType.STRING, count).raw(new byte[8 * count]);
        MemorySegment segment = file.segment();
        Metadata metadata = Assertions.assertTimeoutPreemptively(
                Duration.ofSeconds(5), () -> GgufHeader.parse("test.gguf", segment).metadata());
        assertThat(metadata.keys()).containsExactly("k");
    }

    @Test
    void whatIsNoFileIsRefused(@TempDir Path folder) throws IOException {
        Path empty = Files.createFile(folder.resolve("empty.gguf"));
        assertThatExceptionOfType(ModelFileException.class)
                .isThrownBy(() -> Gguf.open(empty))
                .withMessage(empty + ": byte 0, magic: expected 4 bytes, found 0 bytes up to the end");
        assertThatExceptionOfType(ModelFileException.class)
                .isThrownBy(() -> Gguf.open(folder))
                .withMessage(folder + ": opening: expected a readable file, found a directory");
        assertThatExceptionOfType(ModelFileException.class)
                .isThrownBy(() -> Gguf.open(folder.resolve("missing.gguf")))
                .withMessageEndingWith("found no such file");
        Path text = Files.write(folder.resolve("text.gguf"), "not a model".getBytes(UTF_8));
        assertThatExceptionOfType(ModelFileException.class)
                .isThrownBy(() -> Gguf.open(text))
                .withMessageContaining("magic");
    }

    @Test
    void aWeightOfMoreThanIntRowsIsRefused() {
        TensorInfo info = new TensorInfo("t", dev.vesper.tensor.Format.F32, List.of(1L, 1L << 31), 0, 1L << 33);
        assertThatExceptionOfType(ModelFileException.class)
                .isThrownBy(() -> TensorSize.weight("test.gguf", info, MemorySegment.NULL))
                .withMessageContaining("expected at most 2^31 - 1 rows and columns, found 2147483648 rows x 1 columns");
    }
}
