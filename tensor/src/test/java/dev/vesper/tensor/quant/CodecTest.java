package dev.vesper.tensor.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.vesper.tensor.Format;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class CodecTest {

    private static float[] decode(Format format, byte[] bytes) {
        float[] out = new float[bytes.length / format.blockBytes() * format.blockSize()];
        Codecs.of(format).decode(MemorySegment.ofArray(bytes), 0, out, 0, out.length);
        return out;
    }

    private static byte[] encode(Format format, float... values) {
        byte[] bytes = new byte[(int) format.bytes(values.length)];
        Codecs.of(format).encode(values, 0, values.length, MemorySegment.ofArray(bytes), 0);
        return bytes;
    }

    @Test
    void q8_0BlockByHand() {
        byte[] block = new byte[34];
        block[1] = 0x38; // 0.5 in float16
        block[2] = 127;
        block[3] = -128;
        block[33] = 1;
        float[] values = decode(Format.Q8_0, block);
        assertThat(values[0]).isEqualTo(63.5f);
        assertThat(values[1]).isEqualTo(-64f);
        assertThat(values[2]).isZero();
        assertThat(values[31]).isEqualTo(0.5f);
    }

    @Test
    void q8_0RoundsHalvesAwayFromZero() {
        float[] values = new float[32];
        values[0] = 127;
        values[1] = 2.5f;
        values[2] = -2.5f;
        values[3] = 0.49999997f;
        byte[] block = encode(Format.Q8_0, values);
        assertThat(block[0]).isEqualTo((byte) 0);
        assertThat(block[1]).isEqualTo((byte) 0x3C); // scale 1
        assertThat(Arrays.copyOfRange(block, 2, 6)).containsExactly(127, 3, -3, 0);
    }

    @Test
    void q4_0BlockByHand() {
        byte[] block = new byte[18];
        block[1] = (byte) 0xC0; // -2 in float16
        Arrays.fill(block, 2, 18, (byte) 0x88);
        block[2] = (byte) 0xF0;
        block[17] = 0x1A;
        float[] values = decode(Format.Q4_0, block);
        assertThat(values[0]).isEqualTo(16f);
        assertThat(values[16]).isEqualTo(-14f);
        assertThat(values[15]).isEqualTo(-4f);
        assertThat(values[31]).isEqualTo(14f);
        assertThat(values[1]).isZero();
    }

    @Test
    void q4_0TakesTheScaleFromTheLargestMagnitudeWithItsSign() {
        float[] values = new float[32];
        values[5] = 4;
        values[6] = -4;
        values[20] = -3.9f;
        byte[] block = encode(Format.Q4_0, values);
        assertThat(block[1]).isEqualTo((byte) 0xB8); // -0.5
        assertThat(block[2 + 5] & 0x0F).isZero();
        assertThat(block[2 + 6] & 0x0F).as("saturates").isEqualTo(15);
        assertThat(block[2 + 4] >>> 4 & 0x0F).isEqualTo(15);
        assertThat(decode(Format.Q4_0, block)[5]).isEqualTo(4f);
    }

    @Test
    void floatsOfSixteenBits() {
        assertThat(decode(Format.F16, new byte[] {0, 0x3C, 1, 0, (byte) 0xFF, (byte) 0xFB, 0, 0x7C}))
                .containsExactly(1f, 0x1p-24f, -65504f, Float.POSITIVE_INFINITY);
        assertThat(decode(Format.BF16, new byte[] {(byte) 0x80, 0x3F, 1, 0, (byte) 0x80, (byte) 0xFF}))
                .containsExactly(1f, Float.intBitsToFloat(0x10000), Float.NEGATIVE_INFINITY);
        assertThat(encode(Format.BF16, Float.intBitsToFloat(0x3F808000), Float.intBitsToFloat(0x3F818000)))
                .as("halves go to the even neighbour")
                .containsExactly(0x80, 0x3F, 0x82, 0x3F);
        assertThat(decode(Format.BF16, encode(Format.BF16, Float.intBitsToFloat(0x7F800001)))[0])
                .as("a NaN whose lowest bits alone are set")
                .isNaN();
    }

    /** The wave and the bound of ggml's own test of its quantisers: root of the summed squares, by the count. */
    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16", "Q8_0", "Q4_0"})
    void roundTripStaysWithinTheBoundOfGgml(Format format) {
        float[] wave = new float[32 * 128];
        for (int i = 0; i < wave.length; i++) {
            wave[i] = (float) (0.1 + 2 * Math.cos(i));
        }
        float[] back = decode(format, encode(format, wave));
        double squares = 0;
        for (int i = 0; i < wave.length; i++) {
            squares += (wave[i] - back[i]) * (double) (wave[i] - back[i]);
        }
        assertThat(Math.sqrt(squares) / wave.length).isLessThan(0.002);
        assertThat(encode(format, back)).as("encoding again changes nothing").isEqualTo(encode(format, wave));
    }

    @ParameterizedTest
    @EnumSource(names = {"Q8_0", "Q4_0"})
    void tinyBlocksAndZerosDoNotOverflow(Format format) {
        float[] values = new float[64];
        values[0] = Float.MIN_VALUE;
        values[1] = -1e-41f;
        assertThat(decode(format, encode(format, values))).doesNotContain(Float.NaN).containsOnly(0f, -0f);
    }

    @ParameterizedTest
    @CsvSource({"Q8_0,NaN,cannot hold", "Q4_0,Infinity,cannot hold", "Q8_0,1e30,above float16",
        "Q4_0,-1e30,above float16"})
    void blocksRefuseWhatTheyCannotHold(Format format, float value, String message) {
        float[] values = new float[32];
        values[7] = value;
        assertThatThrownBy(() -> encode(format, values))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    @Test
    void refusesPartsOfBlocksAndListsWhatIsSupported() {
        Codec codec = Codecs.of(Format.Q4_0);
        assertThatThrownBy(() -> codec.decode(MemorySegment.ofArray(new byte[18]), 0, new float[32], 0, 31))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("31 elements are not a whole number of Q4_0 blocks of 32");
        assertThatThrownBy(() -> Codecs.of(Format.Q8_K))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessage(
                        "weights in Q8_K (ggml type 15) can be neither read nor written; supported are "
                                + Codecs.supported());
    }

    /**
     * Values that ggml dequantised, encoded again, are the bytes of the tensor in its file: there the largest of a block
     * is always at the end of the range, so scale and elements come out as they were.
     */
    @ParameterizedTest
    @CsvSource({"Q8_0", "Q4_0"})
    void readsAndWritesWhatGgmlWrites(Format format) throws IOException {
        Path folder = Path.of(System.getProperty("vesper.fixtures", "../../shared/fixtures"), "architectures", "quant");
        assumeTrue(Files.isDirectory(folder), () -> "no fixtures in " + folder.toAbsolutePath());
        String name = "quant-llama-1l-" + format;
        ByteBuffer expected = ByteBuffer.wrap(Files.readAllBytes(folder.resolve(name + ".dequant-" + format + ".f32")))
                .order(ByteOrder.LITTLE_ENDIAN);
        float[] values = new float[expected.remaining() / Float.BYTES];
        expected.asFloatBuffer().get(values);
        byte[] bytes = encode(format, values);
        assertThat(decode(format, bytes)).isEqualTo(values);
        String file = new String(Files.readAllBytes(folder.resolve(name + ".gguf")), StandardCharsets.ISO_8859_1);
        assertThat(file.indexOf(new String(bytes, StandardCharsets.ISO_8859_1)))
                .as("where the %d bytes lie in the file", bytes.length)
                .isPositive();
    }
}
