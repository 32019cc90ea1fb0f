package dev.vesper.llm.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MetadataTest {
    private final Metadata metadata = Metadata.builder("test.gguf")
            .string("text", "grüß")
            .byteStrings("tokens", List.of(new byte[] {(byte) 0xE2, (byte) 0x96}, new byte[] {'a'}))
            .integer("wide", ValueType.INT64, 1L << 40)
            .integer("int", ValueType.INT16, -7)
            .floating("float", 1e-5f)
            .floating64("double", 0.1)
            .bool("yes", true)
            .floats("scores", new float[] {1, -2.5f})
            .integers("types", 1, -1, 3)
            .integers("bytes", ValueType.UINT8, new long[] {0, 255})
            .bools("flags", new boolean[] {true, false})
            .strings("none", List.of())
            .build();

    @Test
    void valuesComeBackWithTheirTypes() {
        assertThat(metadata.requiredString("text")).isEqualTo("grüß");
        assertThat(metadata.integer("wide")).hasValue(1L << 40);
        assertThat(metadata.requiredInteger("int")).isEqualTo(-7);
        assertThat(metadata.requiredFloating("float")).isEqualTo(1e-5f);
        assertThat(metadata.floating("double", 7)).isEqualTo(0.1);
        assertThat(metadata.bool("yes", false)).isTrue();
        assertThat(metadata.floats("scores").orElseThrow()).containsExactly(1, -2.5f);
        assertThat(metadata.integers("types").orElseThrow()).containsExactly(1, -1, 3);
        assertThat(metadata.integers("bytes").orElseThrow()).containsExactly(0, 255);
        assertThat(metadata.strings("none").orElseThrow()).isEmpty();
        assertThat(metadata.type("types")).hasValue(ValueType.ARRAY);
        assertThat(metadata.keys()).startsWith("text", "tokens").endsWith("flags", "none");
        Map<String, Object> all = metadata.all();
        assertThat(all.get("float")).isEqualTo(1e-5f);
        assertThat(all.get("flags")).isEqualTo(List.of(true, false));
        assertThat(all.get("bytes")).isEqualTo(List.of(0L, 255L));
    }

    @Test
    void tokensKeepTheirBytes() {
        assertThat(metadata.strings("tokens").orElseThrow()).containsExactly("\uFFFD", "a");
        assertThat(metadata.byteStrings("tokens").orElseThrow().getFirst())
                .containsExactly(0xE2, 0x96);
    }

    @Test
    void absentKeysGiveTheDefault() {
        assertThat(metadata.string("absent")).isEmpty();
        assertThat(metadata.integer("absent")).isEmpty();
        assertThat(metadata.integer("absent", 3)).isEqualTo(3);
        assertThat(metadata.floating("absent", 0.5)).isEqualTo(0.5);
        assertThat(metadata.bool("absent", true)).isTrue();
        assertThat(metadata.strings("absent")).isEmpty();
        refused(() -> metadata.requiredString("absent"), "absent: expected string, found no such key");
        refused(() -> metadata.requiredInteger("absent"), "absent: expected integer, found no such key");
        refused(() -> metadata.requiredFloating("absent"), "expected floating-point number, found no such key");
    }

    @Test
    void anotherTypeIsAnErrorAndNotTheDefault() {
        refused(() -> metadata.string("int"), "int: expected string, found int16");
        refused(() -> metadata.integer("float", 1), "float: expected integer, found float32");
        refused(() -> metadata.floating("int", 1), "int: expected floating-point number, found int16");
        refused(() -> metadata.bool("text", true), "text: expected bool, found string");
        refused(() -> metadata.strings("types"), "types: expected array of string, found array of 3 int32");
        refused(() -> metadata.strings("text"), "text: expected array of string, found string");
        refused(() -> metadata.floats("types"), "expected array of floating-point number, found array of 3 int32");
        refused(() -> metadata.integers("scores"), "expected array of integer, found array of 2 float32");
        refused(() -> metadata.integer("flags", 1), "flags: expected integer, found array of 2 bool");
    }

    @Test
    void numbersOutOfRangeAreErrors() {
        refused(
                () -> metadata.requiredInteger("wide"),
                "expected an integer from -2^31 to 2^31 - 1, found 1099511627776");
        Bytes file = Bytes.gguf(0, 2)
                .key("big", ValueType.UINT64)
                .u64(-1)
                .key("bigs", ValueType.ARRAY)
                .array(ValueType.UINT64, 2)
                .u64(1)
                .u64(-2);
        Metadata parsed = GgufHeader.parse("test.gguf", file.segment()).metadata();
        refused(() -> parsed.integer("big"), "big: expected an integer below 2^63, found 18446744073709551615");
        refused(() -> parsed.integers("bigs"), "bigs[1]: expected an integer below 2^63, found 18446744073709551614");
    }

    @Test
    void aStringThatIsNotUtf8IsAnErrorWhereItIsOneValue() {
        Bytes file = Bytes.gguf(0, 1).key("text", ValueType.STRING).u64(1).u8(0xFF);
        Metadata parsed = GgufHeader.parse("test.gguf", file.segment()).metadata();
        refused(() -> parsed.string("text"), "text: expected valid UTF-8");
        assertThat(parsed.all()).containsEntry("text", "\uFFFD");
    }

    @ParameterizedTest
    @EnumSource(names = {"UINT8", "INT8", "UINT16", "INT16", "UINT32", "INT32", "UINT64", "INT64"})
    void theLimitsOfEachIntegerTypeComeBack(ValueType type) {
        int bits = 8 * type.minimumBytes();
        boolean signed = type.name().startsWith("I");
        long maximum = signed || bits == 64 ? Long.MAX_VALUE >> (64 - bits) : (1L << bits) - 1;
        long minimum = signed ? -maximum - 1 : 0;
        Metadata limits = Metadata.builder("test.gguf")
                .integer("minimum", type, minimum)
                .integer("maximum", type, maximum)
                .integers("both", type, new long[] {minimum, maximum})
                .build();
        assertThat(limits.integer("minimum")).hasValue(minimum);
        assertThat(limits.integer("maximum")).hasValue(maximum);
        assertThat(limits.integers("both").orElseThrow()).containsExactly(minimum, maximum);
        if (bits < 64) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Metadata.builder("test.gguf").integer("k", type, maximum + 1))
                    .withMessageContaining("k: " + type + " goes from " + minimum + " to " + maximum);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Metadata.builder("test.gguf").integer("k", type, minimum - 1));
        }
    }

    private static void refused(ThrowingCallable read, String message) {
        assertThatExceptionOfType(ModelFileException.class)
                .isThrownBy(read)
                .withMessageStartingWith("test.gguf: metadata key ")
                .withMessageContaining(message);
    }
}
