package dev.vesper.tensor.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vesper.tensor.AttentionShape;
import dev.vesper.tensor.KeyValues;
import dev.vesper.tensor.Scratch;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The scalar kernels against definitions written down in double, and their gradients against finite differences of
 * those: {@code loss = sum of output * random weights}.
 */
class ScalarGradientTest {
    private static final double STEP = 1e-5;

    private final Kernels kernels = new ScalarKernels();
    private final Scratch scratch = new Scratch();

    private static double[] doubles(float[] values) {
        double[] result = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            result[i] = values[i];
        }
        return result;
    }

    private static double dot(double[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    /** Central differences in double are good to about 1e-9; what is left is the rounding of a float32 gradient. */
    private static void assertGradient(float[] at, float[] gradient, ToDoubleFunction<double[]> loss) {
        double[] point = doubles(at);
        for (int i = 0; i < point.length; i++) {
            double kept = point[i];
            point[i] = kept + STEP;
            double above = loss.applyAsDouble(point);
            point[i] = kept - STEP;
            double below = loss.applyAsDouble(point);
            point[i] = kept;
            double expected = (above - below) / (2 * STEP);
            assertThat((double) gradient[i])
                    .as("gradient of element %d", i)
                    .isCloseTo(expected, org.assertj.core.data.Offset.offset(2e-6 * Math.max(1, Math.abs(expected))));
        }
    }

    private static void assertSame(float[] actual, double[] expected) {
        for (int i = 0; i < expected.length; i++) {
            assertThat((double) actual[i])
                    .as("element %d", i)
                    .isCloseTo(expected[i],
                            org.assertj.core.data.Offset.offset(2e-6 * Math.max(1, Math.abs(expected[i]))));
        }
    }

    @Test
    void rmsNorm() {
        int columns = 7;
        float[] x = Samples.floats(3 * columns, 1);
        float[] gain = Samples.floats(columns, 2);
        float[] dy = Samples.floats(3 * columns, 3);
        float[] y = new float[3 * columns];
        float[] inverse = new float[3];
        kernels.rmsNorm(0, 3, x, columns, gain, 0.01f, y, inverse);
        assertSame(y, rmsNorm(doubles(x), doubles(gain), columns));
        float[] dx = new float[3 * columns];
        float[] dGain = new float[columns];
        kernels.rmsNormInputGradient(0, 3, x, columns, gain, inverse, dy, dx);
        kernels.rmsNormGainGradient(0, columns, x, 3, columns, inverse, dy, dGain);
        assertGradient(x, dx, p -> dot(rmsNorm(p, doubles(gain), columns), dy));
        assertGradient(gain, dGain, p -> dot(rmsNorm(doubles(x), p, columns), dy));
    }

    private static double[] rmsNorm(double[] x, double[] gain, int columns) {
        double[] y = new double[x.length];
        for (int row = 0; row < x.length / columns; row++) {
            double squares = 0;
            for (int c = 0; c < columns; c++) {
                squares += x[row * columns + c] * x[row * columns + c];
            }
            for (int c = 0; c < columns; c++) {
                y[row * columns + c] = x[row * columns + c] / Math.sqrt(squares / columns + 0.01f) * gain[c];
            }
        }
        return y;
    }

    @Test
    void siluTimes() {
        float[] gate = Samples.floats(20, 1);
        float[] up = Samples.floats(20, 2);
        float[] dOut = Samples.floats(20, 3);
        float[] dGate = new float[20];
        float[] dUp = new float[20];
        float[] out = new float[20];
        kernels.siluTimes(0, 20, gate, up, out);
        assertSame(out, siluTimes(doubles(gate), doubles(up)));
        kernels.siluTimesGradient(0, 20, gate, up, dOut, dGate, dUp);
        assertGradient(gate, dGate, p -> dot(siluTimes(p, doubles(up)), dOut));
        assertGradient(up, dUp, p -> dot(siluTimes(doubles(gate), p), dOut));
    }

    private static double[] siluTimes(double[] gate, double[] up) {
        double[] out = new double[gate.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = gate[i] / (1 + Math.exp(-gate[i])) * up[i];
        }
        return out;
    }

    @Test
    void crossEntropy() {
        float[] logits = Samples.floats(11, 1);
        float[] gradient = new float[11];
        double loss = kernels.crossEntropy(logits, 0, 11, 4, 0.7f, gradient);
        assertThat(loss).isCloseTo(crossEntropy(doubles(logits), 4), org.assertj.core.data.Offset.offset(1e-12));
        assertGradient(logits, gradient, p -> 0.7f * crossEntropy(p, 4));
    }

    private static double crossEntropy(double[] logits, int target) {
        double sum = 0;
        for (double logit : logits) {
            sum += Math.exp(logit);
        }
        return Math.log(sum) - logits[target];
    }

    @ParameterizedTest
    @CsvSource({"1,1,3,4", "4,2,2,5", "3,1,5,6"})
    void attention(int heads, int keyValueHeads, int headSize, int rows) {
        AttentionShape shape = new AttentionShape(heads, keyValueHeads, headSize, 0.4f);
        float[] query = Samples.floats(rows * shape.queryColumns(), 1);
        float[] key = Samples.floats(rows * shape.keyValueColumns(), 2);
        float[] value = Samples.floats(rows * shape.keyValueColumns(), 3);
        float[] dOut = Samples.floats(query.length, 4);
        float[] out = new float[query.length];
        float[] logSumExp = new float[rows * heads];
        float[] dQuery = new float[query.length];
        float[] dKey = new float[key.length];
        float[] dValue = new float[key.length];
        KeyValues keyValues = new KeyValues.Floats(
                new float[][] {key}, 0, new float[][] {value}, 0, rows, shape.keyValueColumns());
        for (int head = 0; head < keyValueHeads; head++) {
            kernels.attend(shape, head, 0, rows, 0, query, keyValues, out, logSumExp, scratch);
            kernels.attendGradient(shape, head, 0, rows, query, key, value, out, logSumExp, dOut, dQuery, dKey, dValue,
                    scratch);
        }
        assertSame(out, attention(shape, doubles(query), doubles(key), doubles(value)));
        assertGradient(query, dQuery, p -> dot(attention(shape, p, doubles(key), doubles(value)), dOut));
        assertGradient(key, dKey, p -> dot(attention(shape, doubles(query), p, doubles(value)), dOut));
        assertGradient(value, dValue, p -> dot(attention(shape, doubles(query), doubles(key), p), dOut));
    }

    /** As the textbook has it, with the whole matrix of scores. */
    private static double[] attention(AttentionShape shape, double[] query, double[] key, double[] value) {
        int size = shape.headSize();
        double[] out = new double[query.length];
        for (int row = 0; row < query.length / shape.queryColumns(); row++) {
            for (int head = 0; head < shape.heads(); head++) {
                int at = row * shape.queryColumns() + head * size;
                double[] weights = new double[row + 1];
                double sum = 0;
                for (int j = 0; j <= row; j++) {
                    double score = 0;
                    for (int d = 0; d < size; d++) {
                        score += query[at + d] * key[keyAt(shape, j, head) + d];
                    }
                    weights[j] = Math.exp(score * shape.scale());
                    sum += weights[j];
                }
                for (int j = 0; j <= row; j++) {
                    for (int d = 0; d < size; d++) {
                        out[at + d] += weights[j] / sum * value[keyAt(shape, j, head) + d];
                    }
                }
            }
        }
        return out;
    }

    private static int keyAt(AttentionShape shape, int position, int head) {
        return position * shape.keyValueColumns() + head / shape.group() * shape.headSize();
    }
}
