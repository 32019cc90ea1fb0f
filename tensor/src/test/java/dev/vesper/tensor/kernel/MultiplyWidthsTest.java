package dev.vesper.tensor.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vesper.tensor.Format;
import dev.vesper.tensor.Scratch;
import dev.vesper.tensor.Weight;
import dev.vesper.tensor.kernel.Samples.Fill;
import dev.vesper.tensor.quant.Codecs;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The matrix kernels on vectors against the scalar ones, in every format, over awkward sizes and extreme values. */
class MultiplyWidthsTest {
    private static final int[] SIZES = {1, 2, 3, 5, 7, 13, 16, 17, 31, 33, 64, 100, 172, 257};
    private static final int[] TOKENS = {1, 2, 5, 6, 7, 13, 20};

    private final Kernels scalar = new ScalarKernels();
    private final Kernels vector = new VectorKernels();
    private final Scratch scratch = new Scratch();

    static Stream<Arguments> weights() {
        return Codecs.supported().stream()
                .flatMap(format -> Stream.of(Fill.values()).map(f -> Arguments.of(format, f)));
    }

    /** Inner sizes that fit the format, among them one that takes more than one chunk. */
    private static List<Integer> columns(Format format) {
        Stream<Integer> sizes = Arrays.stream(SIZES).boxed();
        int block = Math.max(32, format.blockSize());
        Stream<Integer> blocks = format.blockSize() == 1 ? sizes : Stream.of(1, 2, 3, 5, 9).map(n -> n * block);
        return Stream.concat(blocks, Stream.of(Lanes.CHUNK + 3 * block, 2 * Lanes.CHUNK)).toList();
    }

    /**
     * What rounding can do to a sum of {@code count} products whose magnitudes add up to {@code magnitude}: each lane, of
     * at least 4, rounds once a product, and a few more roundings join the lanes. The last term is for results that are
     * subnormal themselves.
     */
    private static double tolerance(int count, double magnitude) {
        return 0x1p-24 * (count / 4.0 + 8) * magnitude + 0x1p-149 * (count + 1);
    }

    @ParameterizedTest
    @MethodSource("weights")
    void unpackGivesTheFloatsOfTheCodec(Format format, Fill fill) {
        for (int columns : columns(format)) {
            Weight weight = Samples.weight(format, 1, columns, fill, columns);
            float[] out = new float[Lanes.padded(columns) * 2];
            Arrays.fill(out, Float.NaN);
            WeightReader.of(format).unpack(weight.data(), 0, columns, out, 0, 2 * Lanes.COUNT);
            float[] expected = Samples.decoded(weight);
            for (int c = 0; c < Lanes.padded(columns); c++) {
                float actual = out[c / Lanes.COUNT * 2 * Lanes.COUNT + c % Lanes.COUNT];
                // Compared as numbers: a zero times a negative scale may have either sign.
                assertThat(actual == (c < columns ? expected[c] : 0f))
                        .as("%s element %d of %d: %s", format, c, columns, actual)
                        .isTrue();
            }
        }
    }

    @Test
    void float16InfinitiesAndNotANumbersStayWhatTheyAre() {
        short[] bits = {0x7C00, (short) 0xFC00, 0x7E00, (short) 0xFE01};
        Weight weight = Samples.weight(Format.F16, 1, 4, Fill.ZEROS, 0);
        for (int i = 0; i < 4; i++) {
            weight.data().set(java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED, 2L * i, bits[i]);
        }
        float[] out = new float[Lanes.padded(4)];
        WeightReader.of(Format.F16).unpack(weight.data(), 0, 4, out, 0, Lanes.COUNT);
        assertThat(Arrays.copyOf(out, 4))
                .containsExactly(Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.NaN, Float.NaN);
    }

    @ParameterizedTest
    @MethodSource("weights")
    void multiply(Format format, Fill fill) {
        for (int columns : columns(format)) {
            for (int i = 0; i < TOKENS.length; i++) {
                int rows = SIZES[(columns + i) % SIZES.length];
                checkMultiply(Samples.weight(format, rows, columns, fill, rows), TOKENS[i]);
            }
        }
    }

    private void checkMultiply(Weight weight, int tokens) {
        int columns = weight.columns();
        float[] x = Samples.floats(tokens * columns, columns);
        float[] expected = new float[tokens * weight.rows()];
        float[] actual = new float[tokens * weight.rows()];
        Arrays.fill(actual, Float.NaN);
        scalar.multiply(weight, 0, weight.rows(), x, tokens, expected, scratch);
        vector.multiply(weight, 0, weight.rows(), x, tokens, actual, scratch);
        float[] w = Samples.decoded(weight);
        for (int t = 0; t < tokens; t++) {
            for (int r = 0; r < weight.rows(); r++) {
                double magnitude = 0;
                for (int c = 0; c < columns; c++) {
                    magnitude += Math.abs((double) x[t * columns + c] * w[r * columns + c]);
                }
                assertClose(actual[t * weight.rows() + r], expected[t * weight.rows() + r], columns, magnitude,
                        weight + " token " + t + " of " + tokens + " row " + r);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("weights")
    void multiplyInputGradient(Format format, Fill fill) {
        for (int columns : columns(format)) {
            for (int i = 0; i < TOKENS.length; i += 2) {
                int rows = SIZES[(columns + i) % SIZES.length];
                checkInputGradient(Samples.weight(format, rows, columns, fill, rows), TOKENS[i]);
            }
        }
        checkInputGradient(Samples.weight(format, 300, Math.max(96, format.blockSize()), fill, 9), 7);
    }

    private void checkInputGradient(Weight weight, int tokens) {
        int columns = weight.columns();
        float[] dy = Samples.floats(tokens * weight.rows(), columns);
        float[] before = Samples.floats(tokens * columns, 5);
        float[] expected = before.clone();
        float[] actual = before.clone();
        scalar.multiplyInputGradient(weight, 0, columns, dy, tokens, expected, scratch);
        vector.multiplyInputGradient(weight, 0, columns, dy, tokens, actual, scratch);
        float[] w = Samples.decoded(weight);
        for (int t = 0; t < tokens; t++) {
            for (int c = 0; c < columns; c++) {
                double magnitude = Math.abs(before[t * columns + c]);
                for (int r = 0; r < weight.rows(); r++) {
                    magnitude += Math.abs((double) dy[t * weight.rows() + r] * w[r * columns + c]);
                }
                // One chain here, not one of each lane: four times the roundings.
                assertClose(actual[t * columns + c], expected[t * columns + c], 4 * weight.rows(), magnitude,
                        weight + " token " + t + " of " + tokens + " column " + c);
            }
        }
    }

    @Test
    void multiplyWeightGradient() {
        for (int columns : SIZES) {
            for (int i = 0; i < TOKENS.length; i++) {
                checkWeightGradient(SIZES[(columns + i) % SIZES.length], columns, TOKENS[i]);
            }
        }
        checkWeightGradient(13, 600, 300);
    }

    private void checkWeightGradient(int rows, int columns, int tokens) {
        float[] dy = Samples.floats(tokens * rows, 3);
        float[] x = Samples.floats(tokens * columns, 4);
        float[] expected = Samples.floats(rows * columns, 5);
        float[] actual = expected.clone();
        float[] before = expected.clone();
        scalar.multiplyWeightGradient(0, rows, dy, rows, x, columns, tokens, expected, scratch);
        vector.multiplyWeightGradient(0, rows, dy, rows, x, columns, tokens, actual, scratch);
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < columns; c++) {
                double magnitude = Math.abs(before[r * columns + c]);
                for (int t = 0; t < tokens; t++) {
                    magnitude += Math.abs((double) dy[t * rows + r] * x[t * columns + c]);
                }
                assertClose(actual[r * columns + c], expected[r * columns + c], 4 * tokens, magnitude,
                        "row " + r + " column " + c + " of " + rows + " x " + columns + ", " + tokens + " tokens");
            }
        }
    }

    private static void assertClose(float actual, float expected, int count, double magnitude, String where) {
        double difference = Math.abs((double) actual - expected);
        if (!(difference <= tolerance(count, magnitude))) {
            assertThat(actual).as("%s, sum of magnitudes %s", where, magnitude).isEqualTo(expected);
        }
    }

    @Test
    void veryManyTokensGiveTheBitsOfFew() {
        int tokens = 100;
        for (int rows : new int[] {1, 16, 31, 32, 70}) {
            for (int columns : new int[] {5, 16, 100, 257, Lanes.CHUNK + 33}) {
                Weight weight = Samples.weight(Format.F32, rows, columns, Fill.NORMAL, rows);
                float[] x = Samples.floats(tokens * columns, columns);
                float[] together = new float[tokens * rows];
                vector.multiply(weight, 0, rows, x, tokens, together, scratch);
                float[] apart = new float[tokens * rows];
                for (int token = 0; token < tokens; token++) {
                    float[] one = new float[rows];
                    float[] row = Arrays.copyOfRange(x, token * columns, (token + 1) * columns);
                    vector.multiply(weight, 0, rows, row, 1, one, scratch);
                    System.arraycopy(one, 0, apart, token * rows, rows);
                }
                assertThat(together).as("%d x %d", rows, columns).containsExactly(apart);
            }
        }
    }
}
