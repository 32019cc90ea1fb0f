package dev.vesper.tensor.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.vesper.tensor.Format;
import dev.vesper.tensor.Scratch;
import dev.vesper.tensor.Weight;
import dev.vesper.tensor.kernel.Samples.Fill;
import dev.vesper.tensor.x86.IntegerCode;
import dev.vesper.tensor.x86.IntegerLayout;
import dev.vesper.tensor.x86.MachineCode;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Machine code for products of integers against their definition, bit for bit. */
class X86IntegerMultiplyTest {
    private static final int ROWS = 83;
    private static final List<Format> FORMATS = List.of(
            Format.Q4_0, Format.IQ4_NL, Format.Q8_0, Format.Q2_K, Format.Q3_K, Format.Q4_K, Format.Q5_K, Format.Q6_K,
            Format.IQ4_XS);
    private static final int[] COLUMNS = {32, 96, 480, 512, 544, 2048, 4096, 4096 + 32, 8192 + 512 + 15 * 32};
    private static final int[] COLUMNS_OF_256 = {256, 512, 768, 2048, 4096, 4096 + 256, 8192 + 512 + 256};
    private static final int BLOCK = 32;
    private final Scratch scratch = new Scratch();

    @BeforeEach
    void canRun() {
        assumeTrue(MachineCode.obstacle().isEmpty() && IntegerCode.isThere(), "no AVX-512 VNNI here");
    }

    private static int[] columns(Format format) {
        return format.blockSize() == BLOCK ? COLUMNS : COLUMNS_OF_256;
    }

    private float[] multiply(Weight weight, float[] x, int tokens) {
        float[] y = new float[tokens * weight.rows()];
        Arrays.fill(y, Float.NaN);
        new X86Kernels(true).multiply(weight, 0, weight.rows(), x, tokens, y, scratch);
        return y;
    }

    /** Blocks of any magnitude, some of them zeros, some with numbers halfway between two integers. */
    private static float[] activations(int count, long seed) {
        Random random = new Random(seed);
        float[] x = Samples.floats(count, seed);
        for (int block = 0; block < count; block += BLOCK) {
            int kind = random.nextInt(8);
            float factor = (float) Math.pow(2, random.nextInt(60) - 30);
            for (int i = block; i < block + BLOCK; i++) {
                x[i] = switch (kind) {
                    case 0 -> 0;
                    case 1 -> Math.scalb(x[i], random.nextInt(100) - 140);
                    case 2 -> i == block ? 32639 : random.nextInt(60000) - 30000 + 0.5f;
                    case 3 -> (random.nextBoolean() ? 1 : -1) * factor;
                    case 4 -> Math.scalb(x[i], -101 - random.nextInt(40));
                    default -> x[i] * factor;
                };
            }
        }
        return x;
    }

    @ParameterizedTest
    @FieldSource("FORMATS")
    void productsHaveTheBitsOfTheDefinition(Format format) {
        for (int columns : columns(format)) {
            for (Fill fill : Fill.values()) {
                Weight weight = Samples.weight(format, ROWS, columns, fill, columns);
                float[] x = activations(21 * columns, columns);
                float[] expected = new float[21 * ROWS];
                for (int i = 0; i < expected.length; i++) {
                    expected[i] = IntegerReference.product(weight, i % ROWS, x, i / ROWS);
                }
                for (int tokens : new int[] {1, 2, 3, 4, 7, 9, 10, 16, 21}) {
                    assertThat(multiply(weight, x, tokens))
                            .as("%s, %d columns, %d tokens", fill, columns, tokens)
                            .isEqualTo(Arrays.copyOf(expected, tokens * ROWS));
                }
            }
        }
    }

    @ParameterizedTest
    @FieldSource("FORMATS")
    void rowsInPartsHaveTheSameBits(Format format) {
        int columns = 4096 + 512 + format.blockSize();
        Weight weight = Samples.weight(format, ROWS, columns, Fill.EXTREME, 1);
        Kernels kernels = new X86Kernels(true);
        for (int tokens : new int[] {1, 3, 40}) {
            float[] x = activations(tokens * columns, tokens);
            float[] actual = new float[tokens * ROWS];
            scratch.operation(tokens);
            int[] cuts = {0, 1, 8, 9, 66, 67, ROWS};
            for (int i = 1; i < cuts.length; i++) {
                kernels.multiply(weight, cuts[i - 1], cuts[i], x, tokens, actual, scratch);
            }
            scratch.operation(0);
            assertThat(actual).as("%d tokens", tokens).isEqualTo(multiply(weight, x, tokens));
        }
    }

    /**
     * An integer is half a unit off, m / 65278. Roundings of floats are three of an integer (factor, product, itself), three of a
     * block (scale, its two products; as many of a minimum), one or two of each of up to 16 blocks of a lane, four of the sum
     * of lanes, three of chunks; and they are of the products and minima, which may cancel each other out.
     */
    @ParameterizedTest
    @FieldSource("FORMATS")
    void productsAreAsCloseAsRoundedActivationsAllow(Format format) {
        for (int columns : columns(format)) {
            Weight weight = Samples.weight(format, ROWS, columns, Fill.NORMAL, columns);
            IntegerReferenceBlocks blocks = IntegerReferenceBlocks.of(weight);
            int additions = IntegerLayout.CHUNK / blocks.size() / 16 * (blocks.hasMinima() ? 2 : 1);
            float[] weights = Samples.decoded(weight);
            float[] x = Samples.floats(2 * columns, columns);
            for (int i = 0; i < x.length; i++) {
                x[i] = Math.scalb(x[i], i / BLOCK % 7);
            }
            float[] actual = multiply(weight, x, 2);
            for (int i = 0; i < actual.length; i++) {
                int row = i % ROWS;
                double expected = 0;
                double bound = 0;
                for (int c = 0; c < columns; c++) {
                    int at = i / ROWS * columns + c;
                    int block = c / blocks.size();
                    float decoded = weights[row * columns + c];
                    expected += (double) x[at] * decoded;
                    float greatest = IntegerReference.greatest(x, at / BLOCK * BLOCK);
                    int quantum = blocks.quantum(row, block, c % blocks.size());
                    double parts = Math.abs((double) blocks.scale(row, block) * quantum)
                            + Math.abs(blocks.minimum(row, block));
                    bound += greatest * (Math.abs(decoded) / 65278.0 + parts * (13 + additions) * 0x1p-24);
                }
                assertThat((double) actual[i])
                        .as("product %d of %d columns", i, columns)
                        .isCloseTo(expected, offset(bound));
            }
        }
    }

    @ParameterizedTest
    @FieldSource("FORMATS")
    void anActivationThatIsNotFiniteMakesItsTokenNotANumberAndNoOther(Format format) {
        int columns = 1024 + 3 * format.blockSize();
        Weight weight = Samples.weight(format, ROWS, columns, Fill.NORMAL, 2);
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            for (int tokens : new int[] {3, 20}) {
                for (int at : new int[] {0, 500, columns - 1}) {
                    float[] x = Samples.floats(tokens * columns, 3);
                    float[] expected = multiply(weight, x, tokens);
                    x[2 * columns + at] = bad;
                    Arrays.fill(expected, 2 * ROWS, 3 * ROWS, Float.NaN);
                    assertThat(multiply(weight, x, tokens)).as("%s at %d", bad, at).isEqualTo(expected);
                }
            }
        }
    }
}
