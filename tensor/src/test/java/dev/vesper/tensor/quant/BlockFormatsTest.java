package dev.vesper.tensor.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.vesper.tensor.Format;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What every block format promises: small errors, and good sense at the edges of what floats can be. Codebooks are
 * random.
 */
class BlockFormatsTest {
    private static final Set<Format> NOT_BLOCKS = EnumSet.of(Format.F32, Format.F16, Format.BF16);
    private static final Set<Format> WITHOUT_CHOICE =
            EnumSet.of(Format.Q8_0, Format.MXFP4, Format.TQ1_0, Format.TQ2_0);
    private static final int COUNT = 4096;

    static Stream<Format> blocks() {
        return Stream.of(Format.values())
                .filter(format -> Codebooks.tableOf(format).isPresent() || Codecs.supports(format))
                .filter(format -> !NOT_BLOCKS.contains(format));
    }

    static Stream<Format> searched() {
        return blocks().filter(format -> !WITHOUT_CHOICE.contains(format));
    }

    /**
     * The bounds, the data and the measure (the root of the summed squares, divided by the count) of ggml's
     * test-quantize-fns.
     */
    @ParameterizedTest
    @MethodSource("blocks")
    void errorIsWithinTheBoundsOfGgml(Format format) {
        float[] in = new float[COUNT];
        for (int i = 0; i < COUNT; i++) {
            in[i] = (float) (0.1 + 2 * Math.cos(i));
        }
        double bound = switch (format) {
            case TQ1_0, TQ2_0 -> 0.01;
            case IQ1_S, IQ1_M -> 0.01;
            case Q2_K, IQ2_XXS, IQ2_XS, IQ2_S -> 0.0075;
            case IQ3_XXS -> 0.0050;
            case Q3_K, IQ3_S -> 0.0040;
            default -> 0.002;
        };
        float[] out = roundTrip(format, in, Codec.NO_IMPORTANCE);
        assertThat(Math.sqrt(squares(in, out, Codec.NO_IMPORTANCE)) / COUNT).as("error of %s", format)
                .isLessThan(bound);
    }

    /** Root mean square error over that of the values, for normally distributed ones; from measurements, rounded up. */
    @ParameterizedTest
    @MethodSource("blocks")
    void relativeErrorOfNormalValues(Format format) {
        double bound = switch (format) {
            case Q8_0 -> 0.006;
            case Q6_K -> 0.018;
            case Q5_K, Q5_1, Q5_0 -> 0.045;
            case Q4_K, Q4_1, Q4_0, IQ4_NL, IQ4_XS -> 0.09;
            case MXFP4 -> 0.12;
            case Q3_K -> 0.16;
            case Q2_K -> 0.29;
            case TQ1_0, TQ2_0 -> 0.82;
            default -> codebookBound(format);
        };
        float[] in = normal(COUNT, 1);
        float[] out = roundTrip(format, in, Codec.NO_IMPORTANCE);
        double error =
                Math.sqrt(squares(in, out, Codec.NO_IMPORTANCE) / squares(in, new float[COUNT], Codec.NO_IMPORTANCE));
        assertThat(error).as("error of %s", format).isLessThan(bound);
    }

    /**
     * No code of b bits a number leaves less than 2^-b of normally distributed ones: twice that is good enough for
     * random points.
     */
    private static double codebookBound(Format format) {
        return 2 * Math.pow(2, -8.0 * format.blockBytes() / format.blockSize());
    }

    @ParameterizedTest
    @MethodSource("searched")
    void importanceLowersTheWeightedError(Format format) {
        float[] in = normal(COUNT, 2);
        Random random = new Random(3);
        float[] importance = new float[COUNT];
        for (int i = 0; i < COUNT; i++) {
            importance[i] = random.nextInt(8) == 0 ? 100 : 0.5f;
        }
        double plain = squares(in, roundTrip(format, in, Codec.NO_IMPORTANCE), importance);
        double weighted = squares(in, roundTrip(format, in, importance), importance);
        assertThat(weighted).as("weighted error of %s", format).isLessThan(0.9 * plain);
    }

    @ParameterizedTest
    @MethodSource("searched")
    void importanceOfZeroIsThatNothingIsKnown(Format format) {
        float[] in = normal(COUNT, 4);
        float[] out = roundTrip(format, in, new float[COUNT]);
        double error =
                Math.sqrt(squares(in, out, Codec.NO_IMPORTANCE) / squares(in, new float[COUNT], Codec.NO_IMPORTANCE));
        assertThat(error).isLessThan(Codebooks.tableOf(format).isPresent() ? codebookBound(format) : 0.3);
    }

    @ParameterizedTest
    @MethodSource("searched")
    void importanceOfOneElementAloneFitsThatElement(Format format) {
        float[] in = normal(256, 5);
        float[] importance = new float[256];
        importance[7] = 1;
        float[] out = roundTrip(format, in, importance);
        assertThat((double) out[7]).as("in %s", format).isCloseTo(in[7], within(0.08));
    }

    @ParameterizedTest
    @MethodSource("blocks")
    void zerosStayZeros(Format format) {
        // -0 is as good as 0
        for (float value : roundTrip(format, new float[COUNT], Codec.NO_IMPORTANCE)) {
            assertThat(value == 0).as("%s in %s", value, format).isTrue();
        }
    }

    /**
     * A constant has one magnitude, which every format holds to the precision of its scale, or of its scales' scale.
     */
    @ParameterizedTest
    @MethodSource("blocks")
    void constantsAreKept(Format format) {
        for (float constant : new float[] {1, -1, 0.37f, -0.0021f, 1234}) {
            float[] in = new float[512];
            Arrays.fill(in, constant);
            double relative = format == Format.MXFP4 ? 0.2 : 0.02;
            for (float value : roundTrip(format, in, Codec.NO_IMPORTANCE)) {
                assertThat(Math.abs(value - constant)).as("%s in %s", constant, format)
                        .isLessThanOrEqualTo((float) (relative * Math.abs(constant)));
            }
        }
    }

    /** All else may be lost beside an outlier, but the outlier and the order of magnitude must not. */
    @ParameterizedTest
    @MethodSource("blocks")
    void anOutlierIsKept(Format format) {
        for (float outlier : new float[] {1000, -1000}) {
            float[] in = normal(512, 6);
            in[300] = outlier;
            float[] out = roundTrip(format, in, Codec.NO_IMPORTANCE);
            assertThat(out[300] / outlier).as("%s in %s", outlier, format).isBetween(0.6f, 1.1f);
            for (int i = 0; i < 512; i++) {
                assertThat(Math.abs(out[i])).isLessThan(1100);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("blocks")
    void tinyValuesBecomeTinyValues(Format format) {
        for (float tiny : new float[] {Float.MIN_VALUE, Float.MIN_NORMAL, 1e-30f, 1e-9f, 6e-8f}) {
            float[] in = normal(512, 7);
            for (int i = 0; i < in.length; i++) {
                in[i] *= tiny;
            }
            for (float value : roundTrip(format, in, Codec.NO_IMPORTANCE)) {
                assertThat(Math.abs(value)).as("%s in %s", tiny, format).isLessThan(Math.max(20 * tiny, 4e-6f));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("blocks")
    void whatIsNotFiniteIsRefusedWithItsPlace(Format format) {
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            float[] in = normal(512, 8);
            in[301] = bad;
            assertThatThrownBy(() -> roundTrip(format, in, Codec.NO_IMPORTANCE))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("element 301 is " + bad)
                    .hasMessageContaining(format.name());
        }
    }

    @ParameterizedTest
    @MethodSource("blocks")
    void whatNeedsAScaleBeyondFloat16IsRefused(Format format) {
        assumeThat(format).isNotEqualTo(Format.MXFP4);
        float[] in = new float[512];
        in[260] = Float.MAX_VALUE;
        in[261] = -Float.MAX_VALUE;
        assertThatThrownBy(() -> roundTrip(format, in, Codec.NO_IMPORTANCE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("block at element 256")
                .hasMessageContaining("65504");
    }

    @ParameterizedTest
    @MethodSource("searched")
    void importanceThatIsNoneIsRefused(Format format) {
        for (float bad : new float[] {-1, Float.NaN, Float.POSITIVE_INFINITY}) {
            float[] importance = new float[256];
            importance[9] = bad;
            assertThatThrownBy(() -> roundTrip(format, normal(256, 9), importance))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("importance of element 9 is " + bad);
        }
        assertThatThrownBy(() -> roundTrip(format, normal(512, 9), new float[256]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("importance of 256 elements for 512");
    }

    @ParameterizedTest
    @MethodSource("blocks")
    void partsOfBlocksAreRefused(Format format) {
        assertThatThrownBy(() -> roundTrip(format, normal(format.blockSize() + 1, 10), Codec.NO_IMPORTANCE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("%d elements are not a whole number of %s blocks"
                        .formatted(format.blockSize() + 1, format));
    }

    /** Blocks know nothing of each other, of where they come from, or of what lay in the memory before. */
    @ParameterizedTest
    @MethodSource("blocks")
    void blocksAreEncodedEachForItself(Format format) {
        float[] in = normal(1024, 11);
        byte[] whole = encode(format, in, 0, 1024, (byte) 0);
        int half = whole.length / 2;
        assertThat(encode(format, in, 0, 512, (byte) -1)).isEqualTo(Arrays.copyOf(whole, half));
        assertThat(encode(format, in, 512, 512, (byte) 85)).isEqualTo(Arrays.copyOfRange(whole, half, whole.length));
    }

    /** A decoded block lies on the grid, so encoding it again loses much less than the first time. */
    @ParameterizedTest
    @MethodSource("blocks")
    void encodingAgainLosesLittle(Format format) {
        float[] in = normal(COUNT, 12);
        float[] once = roundTrip(format, in, Codec.NO_IMPORTANCE);
        float[] twice = roundTrip(format, once, Codec.NO_IMPORTANCE);
        assertThat(squares(once, twice, Codec.NO_IMPORTANCE))
                .isLessThanOrEqualTo(0.35 * squares(in, once, Codec.NO_IMPORTANCE));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 255, 256, 257})
    void scalePairsComeBack(int seed) {
        Random random = new Random(seed);
        int[] scales = random.ints(8, 0, 64).toArray();
        int[] minima = random.ints(8, 0, 64).toArray();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment data = arena.allocate(12);
            ScalePairs.put(data, 0, scales, minima);
            for (int run = 0; run < 8; run++) {
                assertThat(List.of(ScalePairs.scale(data, 0, run), ScalePairs.minimum(data, 0, run)))
                        .containsExactly(scales[run], minima[run]);
            }
        }
    }

    private static float[] normal(int count, long seed) {
        Random random = new Random(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static byte[] encode(Format format, float[] in, int offset, int count, byte before) {
        byte[] bytes = new byte[Math.toIntExact(format.bytes(count))];
        Arrays.fill(bytes, before);
        SyntheticCodebooks.codec(format).encode(in, offset, count, MemorySegment.ofArray(bytes), 0);
        return bytes;
    }

    private static float[] roundTrip(Format format, float[] in, float[] importance) {
        Codec codec = SyntheticCodebooks.codec(format);
        int blocks = Math.ceilDiv(in.length, format.blockSize());
        MemorySegment data = MemorySegment.ofArray(new byte[blocks * format.blockBytes() + 1]);
        codec.encode(in, 0, in.length, importance, data, 1);
        float[] out = new float[in.length + 1];
        codec.decode(data, 1, out, 1, in.length);
        return Arrays.copyOfRange(out, 1, out.length);
    }

    private static double squares(float[] a, float[] b, float[] importance) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            double difference = (double) a[i] - b[i];
            sum += difference * difference * (importance.length == 0 ? 1 : importance[i]);
        }
        return sum;
    }
}
