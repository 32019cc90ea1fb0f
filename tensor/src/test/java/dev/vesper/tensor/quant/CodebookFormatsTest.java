package dev.vesper.tensor.quant;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vesper.tensor.Format;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The bytes of the formats that refer to a codebook, by examples worked out by hand, and the rule of their signs. */
class CodebookFormatsTest {
    /** Of all blocks here but that of IQ1_M. */
    private static final float D = 2;

    private static final int D_BITS = 0x4000;

    static Stream<Format> formats() {
        return Arrays.stream(CodebookTable.values()).flatMap(table -> table.formats().stream());
    }

    /** A block of zeros with these bytes, given as place and value in turn; decoded. */
    private static float[] decode(Format format, int... bytes) {
        byte[] block = new byte[format.blockBytes()];
        for (int i = 0; i < bytes.length; i += 2) {
            block[bytes[i]] = (byte) bytes[i + 1];
        }
        float[] out = new float[format.blockSize()];
        SyntheticCodebooks.codec(format).decode(MemorySegment.ofArray(block), 0, out, 0, out.length);
        return out;
    }

    /** Compares some elements with a point times a scale and signs, of which those in the list are minus. */
    private static void assertPoint(
            CodebookTable table, int point, float scale, float[] out, int at, Integer... minus) {
        byte[] points = SyntheticCodebooks.of(table).bytes();
        for (int i = 0; i < table.width(); i++) {
            float magnitude = scale * points[point * table.width() + i];
            assertThat(out[at + i]).as("element %d", at + i)
                    .isEqualTo(Arrays.asList(minus).contains(i) ? -magnitude : magnitude);
        }
    }

    @Test
    void iq2xxs() {
        // Run 3, from byte 26: places 7, 200, 0, 255; signs 0b0000001, 0b1000000, 0b0000011, 0, each of seven bits; s =
        // 9.
        int signs = 1 | 0x40 << 7 | 3 << 14 | 9 << 28;
        float[] out = decode(Format.IQ2_XXS, 1, D_BITS >>> 8, 26, 7, 27, 200, 28, 0, 29, 255,
                30, signs, 31, signs >>> 8, 32, signs >>> 16, 33, signs >>> 24);
        float scale = D * (0.5f + 9) * 0.25f;
        assertPoint(CodebookTable.IQ2_XXS, 7, scale, out, 96, 0, 7); // the eighth makes two of one
        assertPoint(CodebookTable.IQ2_XXS, 200, scale, out, 104, 6, 7);
        assertPoint(CodebookTable.IQ2_XXS, 0, scale, out, 112, 0, 1); // two already
        assertPoint(CodebookTable.IQ2_XXS, 255, scale, out, 120);
        assertPoint(CodebookTable.IQ2_XXS, 0, D * 0.125f, out, 88);
    }

    @Test
    void iq2xs() {
        // Groups 5 and 31: places 300 and 511 in the lower nine bits, signs 0b0010000 and 0b1111111 above them.
        int fifth = 300 | 0x10 << 9;
        // The scales of runs 2 (groups 4, 5) and 15 (groups 30, 31): the lower half of byte 67, the upper of byte 73.
        float[] out = decode(Format.IQ2_XS, 1, D_BITS >>> 8, 12, fifth, 13, fifth >>> 8, 64, 0xFF, 65, 0xFF,
                67, 0x06, 73, 0xF0);
        assertPoint(CodebookTable.IQ2_XS, 300, D * (0.5f + 6) * 0.25f, out, 40, 4, 7);
        assertPoint(CodebookTable.IQ2_XS, 0, D * (0.5f + 6) * 0.25f, out, 32);
        assertPoint(CodebookTable.IQ2_XS, 0, D * 0.125f, out, 48);
        assertPoint(CodebookTable.IQ2_XS, 511, D * (0.5f + 15) * 0.25f, out, 248, 0, 1, 2, 3, 4, 5, 6, 7);
    }

    @Test
    void iq2s() {
        // Group 6: place 0x2A5, of which 0xA5 is in byte 8 and 2 in bits 5, 4 of byte 67; signs in byte 40; s of run 3.
        float[] out = decode(Format.IQ2_S, 1, D_BITS >>> 8, 8, 0xA5, 67, 0x20, 40, 0x81, 75, 0xB0);
        assertPoint(CodebookTable.IQ2_S, 0x2A5, D * (0.5f + 11) * 0.25f, out, 48, 0, 7);
        assertPoint(CodebookTable.IQ2_S, 0, D * (0.5f + 11) * 0.25f, out, 56);
        assertPoint(CodebookTable.IQ2_S, 0, D * 0.125f, out, 40);
        // An odd number of minus signs is as good as an even one.
        assertPoint(CodebookTable.IQ2_S, 0, D * 0.125f, decode(Format.IQ2_S, 1, D_BITS >>> 8, 34, 4), 0, 2);
    }

    @Test
    void iq3xxs() {
        // Run 1: places 9 and 250 for its third group, in bytes 14 and 15; signs 0b0001001 (14 bits up) and s = 4 from
        // byte 70.
        int signs = 9 << 14 | 4 << 28;
        float[] out = decode(Format.IQ3_XXS, 1, D_BITS >>> 8, 14, 9, 15, 250, 70, signs, 71, signs >>> 8,
                72, signs >>> 16, 73, signs >>> 24);
        float scale = D * (0.5f + 4) * 0.5f;
        assertPoint(CodebookTable.IQ3_XXS, 9, scale, out, 48, 0, 3);
        assertPoint(CodebookTable.IQ3_XXS, 250, scale, out, 52);
        // Three minus signs: the eighth is the fourth.
        int three = 0x13;
        float[] odd = decode(Format.IQ3_XXS, 1, D_BITS >>> 8, 66, three);
        assertPoint(CodebookTable.IQ3_XXS, 0, D * 0.25f, odd, 0, 0, 1);
        assertPoint(CodebookTable.IQ3_XXS, 0, D * 0.25f, odd, 4, 0, 3);
    }

    @Test
    void iq3s() {
        // Point 21: run 2, its sixth: place 0x133, of which the 1 is bit 5 of byte 68; signs in the upper half of byte
        // 84.
        float[] out = decode(Format.IQ3_S, 1, D_BITS >>> 8, 23, 0x33, 68, 0x20, 84, 0x90, 107, 0x05);
        assertPoint(CodebookTable.IQ3_S, 0x133, D * (1 + 2 * 5), out, 84, 0, 3);
        assertPoint(CodebookTable.IQ3_S, 0, D * (1 + 2 * 5), out, 80);
        assertPoint(CodebookTable.IQ3_S, 0, D, out, 96);
    }

    @Test
    void iq1s() {
        // Run 6: its second place 0x5C3, of which 0xC3 is in byte 27 and 5 in bits 5 to 3 of the number at byte 46; s =
        // 3.
        int bits = 5 << 3 | 3 << 12 | 1 << 15;
        float[] out = decode(Format.IQ1_S, 1, D_BITS >>> 8, 27, 0xC3, 46, bits, 47, bits >>> 8);
        byte[] points = SyntheticCodebooks.of(CodebookTable.IQ1).bytes();
        for (int i = 0; i < 8; i++) {
            assertThat(out[200 + i]).isEqualTo(D * 7 * (points[0x5C3 * 8 + i] - 0.125f));
            assertThat(out[192 + i]).isEqualTo(D * 7 * (-1 - 0.125f)); // the first point there is
            assertThat(out[184 + i]).isEqualTo(D * (-1 + 0.125f));
        }
    }

    @Test
    void iq1m() {
        // Group 13: place 0x7E1, with 7 and the bit of its shift in the upper half of byte 38; run 6 is the third of
        // the second four, so its s = 5 is in bits 8 to 6 of the number at byte 50. d = 1.5 has the bits 0x3E00.
        int second = 5 << 6;
        float[] out = decode(Format.IQ1_M, 13, 0xE1, 38, 0xF0, 50, second, 51, second >>> 8, 53, 0xE0, 55, 0x30);
        byte[] points = SyntheticCodebooks.of(CodebookTable.IQ1).bytes();
        for (int i = 0; i < 8; i++) {
            assertThat(out[104 + i]).isEqualTo(1.5f * 11 * (points[0x7E1 * 8 + i] - 0.125f));
            assertThat(out[96 + i]).isEqualTo(1.5f * 11 * (-1 + 0.125f));
            assertThat(out[88 + i]).isEqualTo(1.5f * (-1 + 0.125f));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 0x40, 0x7E, 0x7F})
    void theEighthSignMakesTheMinusSignsEven(int seven) {
        int signs = SignedPoints.signs(seven);
        assertThat(signs & 0x7F).isEqualTo(seven);
        assertThat(Integer.bitCount(signs) % 2).isZero();
    }

    /** Points of the lattice with any signs that can be stored, at any scales, come back as they are. */
    @ParameterizedTest
    @MethodSource("formats")
    void whatABlockCanHoldIsFoundAgain(Format format) {
        Codec codec = SyntheticCodebooks.codec(format);
        Random random = new Random(5);
        float[] values = new float[256];
        float[] again = new float[256];
        int exact = 0;
        for (int block = 0; block < 20; block++) {
            byte[] bytes = new byte[format.blockBytes()];
            random.nextBytes(bytes);
            if (format == Format.IQ1_M) {
                bytes[55] = (byte) (bytes[55] & 0x0F | 0x30);
            } else {
                bytes[0] = 0;
                bytes[1] = 0x3C;
            }
            bytes[topScale(format)] |= (byte) (format == Format.IQ1_M ? 0x07 : 0xF0);
            codec.decode(MemorySegment.ofArray(bytes), 0, values, 0, 256);
            codec.encode(values, 0, 256, MemorySegment.ofArray(bytes), 0);
            codec.decode(MemorySegment.ofArray(bytes), 0, again, 0, 256);
            exact += error(values, again) < 1e-3 ? 1 : 0;
        }
        assertThat(exact).as("blocks of 20 found again in %s", format).isGreaterThanOrEqualTo(18);
    }

    /**
     * A byte with a scale in it, which is set to the most that it can be: from the largest scale of a block follows d.
     */
    private static int topScale(Format format) {
        return switch (format) {
            case IQ2_XXS -> 9;
            case IQ2_XS -> 66;
            case IQ2_S -> 74;
            case IQ3_XXS -> 69;
            case IQ3_S -> 106;
            case IQ1_S -> 35;
            default -> 48;
        };
    }

    private static double error(float[] a, float[] b) {
        double difference = 0;
        double square = 0;
        for (int i = 0; i < a.length; i++) {
            difference += Math.pow((double) a[i] - b[i], 2);
            square += (double) a[i] * a[i];
        }
        return Math.sqrt(difference / square);
    }

    /** The search against a look at every point. */
    @ParameterizedTest
    @EnumSource(CodebookTable.class)
    void theNearestPointIsFound(CodebookTable table) {
        Codebook codebook = SyntheticCodebooks.of(table);
        Lattice.Search search = Lattice.of(codebook).new Search();
        byte[] points = codebook.bytes();
        Random random = new Random(6);
        int width = table.width();
        for (int time = 0; time < 200; time++) {
            double[] x = random.doubles(width + 1, -1, 3).toArray();
            double[] weights = random.doubles(width + 1).toArray();
            double scale = random.nextDouble() / table.levels()[table.levels().length - 1];
            double shift = table == CodebookTable.IQ1 ? 0.125 : 0;
            int found = search.nearest(x, weights, 1, scale, shift);
            double least = Double.POSITIVE_INFINITY;
            double ofFound = 0;
            for (int point = 0; point < table.points(); point++) {
                double error = 0;
                for (int i = 0; i < width; i++) {
                    error += weights[1 + i] * Math.pow(x[1 + i] - scale * (points[point * width + i] + shift), 2);
                }
                least = Math.min(least, error);
                ofFound = point == found ? error : ofFound;
            }
            assertThat(ofFound).isLessThanOrEqualTo(least * (1 + 1e-12));
            assertThat(search.cost()).isBetween(least * (1 - 1e-12), least * (1 + 1e-12));
        }
    }
}
