package dev.vesper.tensor.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vesper.tensor.AttentionShape;
import dev.vesper.tensor.KeyValues;
import dev.vesper.tensor.Scratch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The kernels that are no matrix products, on vectors against the scalar ones, over awkward sizes. */
class OtherWidthsTest {
    /** A handful of roundings of a result of magnitude 1. */
    private static final double FEW_ROUNDINGS = 8 * 0x1p-24;

    private final Kernels scalar = new ScalarKernels();
    private final Kernels vector = new VectorKernels();
    private final Scratch scratch = new Scratch();

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 7, 13, 16, 17, 31, 33, 64, 100, 172, 257, 2048})
    void rmsNormAndItsGradients(int columns) {
        int rows = 5;
        float[] x = Samples.floats(rows * columns, 1);
        float[] gain = Samples.floats(columns, 2);
        float[] dy = Samples.floats(rows * columns, 3);
        float[][] y = new float[2][rows * columns];
        float[][] inverse = new float[2][rows];
        float[][] dx = {Samples.floats(rows * columns, 4), Samples.floats(rows * columns, 4)};
        float[][] dGain = {Samples.floats(columns, 5), Samples.floats(columns, 5)};
        Kernels[] both = {scalar, vector};
        for (int i = 0; i < 2; i++) {
            both[i].rmsNorm(1, rows, x, columns, gain, 1e-5f, y[i], inverse[i]);
            both[i].rmsNorm(0, 1, x, columns, gain, 1e-5f, y[i], inverse[i]);
            both[i].rmsNormInputGradient(0, rows, x, columns, gain, inverse[i], dy, dx[i]);
            both[i].rmsNormGainGradient(0, columns, x, rows, columns, inverse[i], dy, dGain[i]);
        }
        // The sum of squares rounds once a lane and element; its root halves the error.
        double tolerance = (columns / 4.0 + 16) * 0x1p-24;
        assertClose(y[1], y[0], tolerance);
        assertClose(inverse[1], inverse[0], tolerance);
        assertClose(dx[1], dx[0], 4 * tolerance);
        assertClose(dGain[1], dGain[0], 4 * tolerance);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 7, 13, 16, 17, 31, 33, 64, 100, 172, 257})
    void siluTimesAndItsGradient(int size) {
        float[] gate = Samples.floats(size + 3, 1);
        float[] up = Samples.floats(size + 3, 2);
        float[] dOut = Samples.floats(size + 3, 3);
        for (int i = 0; i < size; i += 5) {
            gate[i] *= 60;
        }
        float[][] out = new float[2][size + 3];
        float[][] dGate = {Samples.floats(size + 3, 4), Samples.floats(size + 3, 4)};
        float[][] dUp = {Samples.floats(size + 3, 5), Samples.floats(size + 3, 5)};
        Kernels[] both = {scalar, vector};
        for (int i = 0; i < 2; i++) {
            both[i].siluTimes(2, size + 2, gate, up, out[i]);
            both[i].siluTimesGradient(2, size + 2, gate, up, dOut, dGate[i], dUp[i]);
        }
        assertClose(out[1], out[0], FEW_ROUNDINGS);
        // The slope is a difference of terms that are up to |gate| times larger.
        assertClose(dGate[1], dGate[0], 200 * FEW_ROUNDINGS);
        assertClose(dUp[1], dUp[0], FEW_ROUNDINGS);
        assertThat(out[1][1]).as("before the range").isZero();
        assertThat(out[1][size + 2]).as("behind the range").isZero();
    }

    @Test
    void siluOfLargeValuesHasItsLimits() {
        float[] gate = {1e4f, -1e4f, 3e38f, -3e38f, Float.NaN, 0};
        float[] out = new float[6];
        float[] up = {1, 1, 1, 1, 1, 1};
        vector.siluTimes(0, 6, gate, up, out);
        assertThat(out[0]).isEqualTo(1e4f);
        assertThat(out[1]).isZero();
        assertThat(out[2]).isEqualTo(3e38f);
        assertThat(out[3]).isZero();
        assertThat(out[4]).isNaN();
        assertThat(out[5]).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 16, 17, 33, 257})
    void addScaled(int size) {
        float[] a = Samples.floats(size, 1);
        float[] b = Samples.floats(size, 2);
        float[] expected = new float[size];
        scalar.addScaled(0, size, a, b, 0.37f, expected);
        vector.addScaled(0, size, a, b, 0.37f, a);
        assertClose(a, expected, FEW_ROUNDINGS);
    }

    @ParameterizedTest
    @CsvSource({"1,0", "2,1", "7,3", "16,15", "33,32", "257,100", "5000,4999", "32000,17"})
    void crossEntropy(int columns, int target) {
        float[] logits = Samples.floats(columns + 2, 1);
        for (int i = 0; i < columns; i += 3) {
            logits[i] *= 20;
        }
        float[] expected = Samples.floats(columns + 2, 2);
        float[] actual = expected.clone();
        double loss = scalar.crossEntropy(logits, 2, columns, target, 0.5f, expected);
        assertThat(vector.crossEntropy(logits, 2, columns, target, 0.5f, actual))
                .isCloseTo(loss, org.assertj.core.data.Offset.offset(1e-5));
        assertClose(actual, expected, FEW_ROUNDINGS);
        assertThat(vector.crossEntropy(logits, 2, columns, target, 0, new float[0]))
                .isCloseTo(loss, org.assertj.core.data.Offset.offset(1e-5));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 16, 33, 257})
    void adamW(int size) {
        float[] gradient = Samples.floats(size, 1);
        gradient[0] = 0;
        AdamWStep step = new AdamWStep(1e-2f, 0.9f, 0.95f, 1e-8f, 0.1f, 0.25f, 1 - 0.9 * 0.9, 1 - 0.95 * 0.95);
        float[][] m = {Samples.floats(size, 2), Samples.floats(size, 2)};
        float[][] v = new float[2][size];
        float[][] weights = {Samples.floats(size, 4), Samples.floats(size, 4)};
        Kernels[] both = {scalar, vector};
        for (int i = 0; i < 2; i++) {
            Arrays.fill(v[i], 0.5f);
            MemorySegment weight = java.lang.foreign.Arena.ofAuto().allocate(4L * size, 4);
            MemorySegment.copy(weights[i], 0, weight, ValueLayout.JAVA_FLOAT, 0, size);
            both[i].adamW(0, size, weight, gradient, m[i], v[i], step);
            MemorySegment.copy(weight, ValueLayout.JAVA_FLOAT, 0, weights[i], 0, size);
        }
        assertClose(m[1], m[0], FEW_ROUNDINGS);
        assertClose(v[1], v[0], FEW_ROUNDINGS);
        assertClose(weights[1], weights[0], FEW_ROUNDINGS);
    }

    @ParameterizedTest
    @CsvSource({
        "1,1,1,1", "2,1,4,3", "4,2,8,7", "6,3,13,20", "8,2,16,50", "4,4,20,49", "12,2,64,101", "2,2,80,97",
        "5,1,128,60",
        "50,1,8,5"
    })
    void attentionAndItsGradient(int heads, int keyValueHeads, int headSize, int length) {
        AttentionShape shape = new AttentionShape(heads, keyValueHeads, headSize, 1 / (float) Math.sqrt(headSize));
        int before = 2;
        int rows = before + length;
        float[] query = Samples.floats(rows * shape.queryColumns(), 1);
        float[] key = Samples.floats(rows * shape.keyValueColumns(), 2);
        float[] value = Samples.floats(rows * shape.keyValueColumns(), 3);
        float[] dOut = Samples.floats(rows * shape.queryColumns(), 4);
        KeyValues keyValues =
                new KeyValues.Floats(new float[][] {key}, before * shape.keyValueColumns(), new float[][] {value},
                        before * shape.keyValueColumns(), length, shape.keyValueColumns());
        float[][] out = new float[2][query.length];
        float[][] logSumExp = new float[2][rows * heads];
        float[][] dQuery = {Samples.floats(query.length, 5), Samples.floats(query.length, 5)};
        float[][] dKey = {Samples.floats(key.length, 6), Samples.floats(key.length, 6)};
        float[][] dValue = {Samples.floats(key.length, 7), Samples.floats(key.length, 7)};
        Kernels[] both = {scalar, vector};
        for (int i = 0; i < 2; i++) {
            for (int head = 0; head < keyValueHeads; head++) {
                both[i].attend(shape, head, before, rows, 0, query, keyValues, out[i], logSumExp[i], scratch);
                both[i].attendGradient(shape, head, before, rows, query, key, value, out[i], logSumExp[i], dOut,
                        dQuery[i], dKey[i], dValue[i], scratch);
            }
        }
        // Scores of some units round at the size of their exponents; sums run over positions and heads.
        double tolerance = (length + headSize + 64) * 0x1p-24;
        assertClose(out[1], out[0], tolerance);
        assertClose(logSumExp[1], logSumExp[0], tolerance);
        assertClose(dQuery[1], dQuery[0], 16 * tolerance);
        assertClose(dKey[1], dKey[0], 16 * tolerance);
        assertClose(dValue[1], dValue[0], 16 * tolerance);
    }

    @Test
    void ropeAndSumOfSquares() {
        float[] cos = Samples.floats(3 * 4, 1);
        float[] sin = Samples.floats(3 * 4, 2);
        float[] expected = Samples.floats(3 * 2 * 10, 3);
        float[] actual = expected.clone();
        scalar.rope(1, 3, expected, 2, 10, 4, cos, sin, -1);
        vector.rope(1, 3, actual, 2, 10, 4, cos, sin, -1);
        assertClose(actual, expected, FEW_ROUNDINGS);
        double sum = scalar.sumOfSquares(3, 59, actual);
        assertThat(vector.sumOfSquares(3, 59, actual)).isCloseTo(sum, org.assertj.core.data.Offset.offset(sum * 1e-12));
    }

    /** Relative to the larger of 1 and the expected magnitude. */
    private static void assertClose(float[] actual, float[] expected, double tolerance) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < actual.length; i++) {
            double allowed = tolerance * Math.max(1, Math.abs(expected[i]));
            if (!(Math.abs((double) actual[i] - expected[i]) <= allowed)) {
                assertThat(actual[i]).as("element %d of %d, allowed %s", i, actual.length, allowed)
                        .isEqualTo(expected[i]);
            }
        }
    }
}
