package dev.vesper.tensor.kernel;

import dev.vesper.tensor.AttentionShape;
import dev.vesper.tensor.KeyValues;
import dev.vesper.tensor.Scratch;
import dev.vesper.tensor.Weight;
import dev.vesper.tensor.quant.Codec;
import dev.vesper.tensor.quant.Codecs;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Every kernel as plainly as it can be written: what the fast ones are held to, and what runs where nothing faster can.
 * Long sums are accumulated in double; {@link StrictMath} gives the same bits on every machine.
 */
public final class ScalarKernels implements Kernels {
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    /** Columns of a weight that the input gradient decodes at a time, if its blocks are not longer. */
    private static final int PANEL_COLUMNS = 32;

    @Override
    public String description() {
        return "scalar";
    }

    @Override
    public void decodeRow(Weight weight, int row, float[] out, int offset) {
        Codecs.of(weight.format()).decode(weight.data(), row * weight.rowBytes(), out, offset, weight.columns());
    }

    @Override
    public void multiply(Weight weight, int fromRow, int toRow, float[] x, int tokens, float[] y, Scratch scratch) {
        int columns = weight.columns();
        float[] decoded = scratch.floats(0, columns);
        for (int row = fromRow; row < toRow; row++) {
            decodeRow(weight, row, decoded, 0);
            for (int token = 0; token < tokens; token++) {
                y[token * weight.rows() + row] = (float) dot(x, token * columns, decoded, 0, columns);
            }
        }
    }

    @Override
    public void multiplyInputGradient(
            Weight weight, int fromColumn, int toColumn, float[] dy, int tokens, float[] dx, Scratch scratch) {
        int rows = weight.rows();
        int panelColumns = Math.max(PANEL_COLUMNS, weight.format().blockSize());
        float[] panel = scratch.floats(0, Math.multiplyExact(rows, panelColumns));
        Codec codec = Codecs.of(weight.format());
        for (int start = fromColumn; start < toColumn; start += panelColumns) {
            int width = Math.min(panelColumns, toColumn - start);
            for (int row = 0; row < rows; row++) {
                long at = row * weight.rowBytes() + weight.format().bytes(start);
                codec.decode(weight.data(), at, panel, row * width, width);
            }
            for (int token = 0; token < tokens; token++) {
                for (int c = 0; c < width; c++) {
                    double sum = 0;
                    for (int row = 0; row < rows; row++) {
                        sum += (double) dy[token * rows + row] * panel[row * width + c];
                    }
                    dx[token * weight.columns() + start + c] += (float) sum;
                }
            }
        }
    }

    @Override
    public void multiplyWeightGradient(
            int fromRow, int toRow, float[] dy, int rows, float[] x, int columns, int tokens, float[] dw,
            Scratch scratch) {
        for (int row = fromRow; row < toRow; row++) {
            for (int column = 0; column < columns; column++) {
                double sum = 0;
                for (int token = 0; token < tokens; token++) {
                    sum += (double) dy[token * rows + row] * x[token * columns + column];
                }
                dw[row * columns + column] += (float) sum;
            }
        }
    }

    @Override
    public void rmsNorm(
            int fromRow, int toRow, float[] x, int columns, float[] gain, float epsilon, float[] y, float[] inverse) {
        for (int row = fromRow; row < toRow; row++) {
            int at = row * columns;
            double mean = sumOfSquares(at, at + columns, x) / columns;
            inverse[row] = (float) (1 / Math.sqrt(mean + epsilon));
            for (int c = 0; c < columns; c++) {
                y[at + c] = x[at + c] * inverse[row] * gain[c];
            }
        }
    }

    @Override
    public void rmsNormInputGradient(
            int fromRow, int toRow, float[] x, int columns, float[] gain, float[] inverse, float[] dy, float[] dx) {
        for (int row = fromRow; row < toRow; row++) {
            int at = row * columns;
            double inner = 0;
            for (int c = 0; c < columns; c++) {
                inner += (double) dy[at + c] * gain[c] * x[at + c];
            }
            double factor = inner / columns * inverse[row] * inverse[row] * inverse[row];
            for (int c = 0; c < columns; c++) {
                dx[at + c] += (float) ((double) dy[at + c] * gain[c] * inverse[row] - x[at + c] * factor);
            }
        }
    }

    @Override
    public void rmsNormGainGradient(
            int fromColumn, int toColumn, float[] x, int rows, int columns, float[] inverse, float[] dy,
            float[] dGain) {
        for (int c = fromColumn; c < toColumn; c++) {
            double sum = 0;
            for (int row = 0; row < rows; row++) {
                sum += (double) dy[row * columns + c] * x[row * columns + c] * inverse[row];
            }
            dGain[c] += (float) sum;
        }
    }

    @Override
    public void rope(
            int fromRow, int toRow, float[] x, int heads, int headSize, int pairs, float[] cos, float[] sin,
            int direction) {
        for (int row = fromRow; row < toRow; row++) {
            for (int head = 0; head < heads; head++) {
                int at = (row * heads + head) * headSize;
                for (int i = 0; i < pairs; i++) {
                    float cosine = cos[row * pairs + i];
                    float sine = direction * sin[row * pairs + i];
                    float first = x[at + 2 * i];
                    float second = x[at + 2 * i + 1];
                    x[at + 2 * i] = first * cosine - second * sine;
                    x[at + 2 * i + 1] = first * sine + second * cosine;
                }
            }
        }
    }

    @Override
    public void attend(
            AttentionShape shape, int keyValueHead, int fromRow, int toRow, int position, float[] query,
            KeyValues keyValues, float[] out, float[] logSumExp, Scratch scratch) {
        ScalarAttention.attend(
                shape, keyValueHead, fromRow, toRow, position, query, keyValues, out, logSumExp, scratch);
    }

    @Override
    public void attendGradient(
            AttentionShape shape, int keyValueHead, int fromRow, int toRow, float[] query, float[] key, float[] value,
            float[] out, float[] logSumExp, float[] dOut, float[] dQuery, float[] dKey, float[] dValue,
            Scratch scratch) {
        ScalarAttention.attendGradient(
                shape, keyValueHead, fromRow, toRow, query, key, value, out, logSumExp, dOut, dQuery, dKey, dValue);
    }

    @Override
    public void siluTimes(int from, int to, float[] gate, float[] up, float[] out) {
        for (int i = from; i < to; i++) {
            out[i] = (float) (gate[i] * sigmoid(gate[i]) * up[i]);
        }
    }

    @Override
    public void siluTimesGradient(
            int from, int to, float[] gate, float[] up, float[] dOut, float[] dGate, float[] dUp) {
        for (int i = from; i < to; i++) {
            double sigmoid = sigmoid(gate[i]);
            dUp[i] += (float) (dOut[i] * gate[i] * sigmoid);
            dGate[i] += (float) (dOut[i] * up[i] * sigmoid * (1 + gate[i] * (1 - sigmoid)));
        }
    }

    private static double sigmoid(double z) {
        return 1 / (1 + StrictMath.exp(-z));
    }

    @Override
    public void addScaled(int from, int to, float[] a, float[] b, float factor, float[] out) {
        for (int i = from; i < to; i++) {
            out[i] = a[i] + factor * b[i];
        }
    }

    @Override
    public double crossEntropy(
            float[] logits, int offset, int columns, int target, float factor, float[] gradient) {
        double max = Double.NEGATIVE_INFINITY;
        for (int c = 0; c < columns; c++) {
            max = Math.max(max, logits[offset + c]);
        }
        double sum = 0;
        for (int c = 0; c < columns; c++) {
            sum += StrictMath.exp(logits[offset + c] - max);
        }
        double logSumExp = max + StrictMath.log(sum);
        if (factor != 0) {
            for (int c = 0; c < columns; c++) {
                double probability = StrictMath.exp(logits[offset + c] - logSumExp);
                gradient[offset + c] += (float) (factor * (probability - (c == target ? 1 : 0)));
            }
        }
        return logSumExp - logits[offset + target];
    }

    @Override
    public double sumOfSquares(int from, int to, float[] values) {
        double sum = 0;
        for (int i = from; i < to; i++) {
            sum += (double) values[i] * values[i];
        }
        return sum;
    }

    @Override
    public void adamW(int from, int to, MemorySegment weight, float[] gradient, float[] m, float[] v, AdamWStep step) {
        for (int i = from; i < to; i++) {
            float g = gradient[i] * step.gradientScale();
            m[i] = step.beta1() * m[i] + (1 - step.beta1()) * g;
            v[i] = step.beta2() * v[i] + (1 - step.beta2()) * g * g;
            double root = Math.sqrt(v[i] / step.secondCorrection()) + step.epsilon();
            float old = weight.get(FLOAT, 4L * i);
            double change = step.weightDecay() * old + m[i] / step.firstCorrection() / root;
            weight.set(FLOAT, 4L * i, (float) (old - step.learningRate() * change));
        }
    }

    static double dot(float[] a, int aOffset, float[] b, int bOffset, int count) {
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += (double) a[aOffset + i] * b[bOffset + i];
        }
        return sum;
    }
}
