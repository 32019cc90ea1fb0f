package dev.vesper.tensor.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vesper.tensor.AttentionShape;
import dev.vesper.tensor.Format;
import dev.vesper.tensor.KeyValues;
import dev.vesper.tensor.Scratch;
import dev.vesper.tensor.Weight;
import dev.vesper.tensor.kernel.Samples.Fill;
import dev.vesper.tensor.quant.Codecs;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The promise that a row gives the same bits alone and among others, and in any split into ranges. */
class IndependenceWidthsTest {
    private final Kernels kernels = new VectorKernels();
    private final Scratch scratch = new Scratch();

    static Stream<Format> formats() {
        return Codecs.supported().stream();
    }

    @ParameterizedTest
    @MethodSource("formats")
    void aTokenAloneAndAmongOthersGivesTheSameBits(Format format) {
        int[] sizes = format.blockSize() == 1
                ? new int[] {1, 13, 33, 172, Lanes.CHUNK + 100}
                : new int[] {format.blockSize(), 3 * format.blockSize(), 2 * Lanes.CHUNK + format.blockSize()};
        for (int columns : sizes) {
            Weight weight = Samples.weight(format, 59, columns, Fill.NORMAL, columns);
            float[] x = Samples.floats(23 * columns, 1);
            float[] together = new float[23 * 59];
            kernels.multiply(weight, 0, 59, x, 23, together, scratch);
            for (int tokens : new int[] {1, 2, 3, 5, 6, 8}) {
                for (int token = 0; token + tokens <= 23; token += tokens) {
                    float[] some = Arrays.copyOfRange(x, token * columns, (token + tokens) * columns);
                    float[] y = new float[tokens * 59];
                    kernels.multiply(weight, 0, 59, some, tokens, y, scratch);
                    assertThat(y)
                            .as("%s, %d columns, tokens %d to %d", format, columns, token, token + tokens)
                            .isEqualTo(Arrays.copyOfRange(together, token * 59, (token + tokens) * 59));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("formats")
    void anySplitOfRowsAndColumnsGivesTheSameBits(Format format) {
        int unit = Math.max(32, format.blockSize());
        int columns = 10 * unit;
        Weight weight = Samples.weight(format, 131, columns, Fill.NORMAL, 8);
        for (int tokens : new int[] {1, 4, 17}) {
            float[] x = Samples.floats(tokens * columns, 1);
            float[] dy = Samples.floats(tokens * 131, 2);
            float[] y = new float[tokens * 131];
            float[] dx = Samples.floats(tokens * columns, 3);
            kernels.multiply(weight, 0, 131, x, tokens, y, scratch);
            kernels.multiplyInputGradient(weight, 0, columns, dy, tokens, dx, scratch);
            for (int[] cuts : new int[][] {{0, 1, 2, 131}, {0, 48, 96, 131}, {0, 7, 60, 130, 131}}) {
                float[] split = new float[tokens * 131];
                for (int i = 1; i < cuts.length; i++) {
                    kernels.multiply(weight, cuts[i - 1], cuts[i], x, tokens, split, scratch);
                }
                assertThat(split).isEqualTo(y);
            }
            for (int[] cuts : new int[][] {{0, 1, 10}, {0, 5, 6, 10}, {0, 2, 4, 10}}) {
                float[] split = Samples.floats(tokens * columns, 3);
                for (int i = 1; i < cuts.length; i++) {
                    kernels.multiplyInputGradient(
                            weight, cuts[i - 1] * unit, cuts[i] * unit, dy, tokens, split, scratch);
                }
                assertThat(split).isEqualTo(dx);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 16, 33, 200})
    void anySplitOfTheOtherRangesGivesTheSameBits(int size) {
        int tokens = 9;
        float[] dy = Samples.floats(tokens * 40, 1);
        float[] x = Samples.floats(tokens * size, 2);
        float[][] dw = new float[2][40 * size];
        float[][] silu = new float[2][tokens * size];
        float[][] gain = new float[2][size];
        float[] inverse = Samples.floats(tokens, 3);
        kernels.multiplyWeightGradient(0, 40, dy, 40, x, size, tokens, dw[0], scratch);
        kernels.multiplyWeightGradient(0, 5, dy, 40, x, size, tokens, dw[1], scratch);
        kernels.multiplyWeightGradient(5, 40, dy, 40, x, size, tokens, dw[1], scratch);
        assertThat(dw[1]).isEqualTo(dw[0]);
        kernels.siluTimes(0, x.length, x, x, silu[0]);
        kernels.siluTimes(0, x.length / 3, x, x, silu[1]);
        kernels.siluTimes(x.length / 3, x.length, x, x, silu[1]);
        assertThat(silu[1]).isEqualTo(silu[0]);
        kernels.rmsNormGainGradient(0, size, x, tokens, size, inverse, x, gain[0]);
        kernels.rmsNormGainGradient(0, size / 3, x, tokens, size, inverse, x, gain[1]);
        kernels.rmsNormGainGradient(size / 3, size, x, tokens, size, inverse, x, gain[1]);
        assertThat(gain[1]).isEqualTo(gain[0]);
    }

    @ParameterizedTest
    @CsvSource({"1,1,8", "4,2,13", "6,1,16", "8,2,64", "3,3,80", "50,2,4"})
    void aRowOfAttentionGivesTheSameBitsAloneAndInPages(int heads, int keyValueHeads, int headSize) {
        AttentionShape shape = new AttentionShape(heads, keyValueHeads, headSize, 0.3f);
        int length = 2 * AttentionTiles.CHUNK + 11;
        int stride = shape.keyValueColumns();
        float[] query = Samples.floats(length * shape.queryColumns(), 1);
        float[] key = Samples.floats(length * stride, 2);
        float[] value = Samples.floats(length * stride, 3);
        KeyValues whole = new KeyValues.Floats(new float[][] {key}, 0, new float[][] {value}, 0, length, stride);
        float[] out = new float[query.length];
        float[] logSumExp = new float[length * heads];
        attend(shape, 0, length, 0, query, whole, out, logSumExp);

        float[] inPages = new float[query.length];
        float[] inPagesLog = new float[length * heads];
        KeyValues paged = pages(key, value, length, stride, 7);
        for (int row = 0, rows = 1; row < length; row += rows, rows = rows % 5 + 1) {
            int end = Math.min(length, row + rows);
            attend(shape, row, end, row, query, paged, inPages, inPagesLog);
        }
        assertThat(inPages).isEqualTo(out);
        assertThat(inPagesLog).isEqualTo(logSumExp);
    }

    private void attend(
            AttentionShape shape, int from, int to, int position, float[] query, KeyValues keyValues, float[] out,
            float[] logSumExp) {
        for (int head = 0; head < shape.keyValueHeads(); head++) {
            kernels.attend(shape, head, from, to, position, query, keyValues, out, logSumExp, scratch);
        }
    }

    /** Keys and values in the same pages, the rest of which is NaN: it must not be read into results. */
    private static KeyValues pages(float[] key, float[] value, int length, int stride, int pageRows) {
        float[][] pages = new float[Math.ceilDiv(length, pageRows)][2 * pageRows * stride + 3];
        for (float[] page : pages) {
            Arrays.fill(page, Float.NaN);
        }
        for (int j = 0; j < length; j++) {
            int at = 3 + j % pageRows * 2 * stride;
            System.arraycopy(key, j * stride, pages[j / pageRows], at, stride);
            System.arraycopy(value, j * stride, pages[j / pageRows], at + stride, stride);
        }
        return new KeyValues.Floats(pages, 3, pages, 3 + stride, pageRows, 2 * stride);
    }
}
