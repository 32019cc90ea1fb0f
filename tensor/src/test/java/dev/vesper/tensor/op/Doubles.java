package dev.vesper.tensor.op;

import dev.vesper.tensor.AttentionShape;
import java.util.List;

/** Every operation's forward once more, in float64 and as its definition reads: what gradients are held to. */
final class Doubles {
    private Doubles() {}

    /** A float64 matrix, row-major. */
    record Matrix(double[] data, int rows, int columns) {
        static Matrix zeros(int rows, int columns) {
            return new Matrix(new double[rows * columns], rows, columns);
        }

        double at(int row, int column) {
            return data[row * columns + column];
        }

        void add(int row, int column, double value) {
            data[row * columns + column] += value;
        }

        Matrix copy() {
            return new Matrix(data.clone(), rows, columns);
        }
    }

    static Matrix embed(int[] tokens, Matrix embedding) {
        return rows(embedding, tokens);
    }

    static Matrix rows(Matrix x, int[] rows) {
        Matrix out = Matrix.zeros(rows.length, x.columns);
        for (int i = 0; i < rows.length; i++) {
            for (int c = 0; c < x.columns; c++) {
                out.add(i, c, x.at(rows[i], c));
            }
        }
        return out;
    }

    static Matrix linear(Matrix x, Matrix weight) {
        Matrix out = Matrix.zeros(x.rows, weight.rows);
        for (int t = 0; t < x.rows; t++) {
            for (int r = 0; r < weight.rows; r++) {
                for (int c = 0; c < x.columns; c++) {
                    out.add(t, r, x.at(t, c) * weight.at(r, c));
                }
            }
        }
        return out;
    }

    static Matrix lowRank(Matrix y, Matrix x, Matrix down, Matrix up, double scale) {
        return addScaled(y, linear(linear(x, down), up), scale);
    }

    static Matrix add(Matrix a, Matrix b) {
        return addScaled(a, b, 1);
    }

    private static Matrix addScaled(Matrix a, Matrix b, double factor) {
        Matrix out = a.copy();
        for (int i = 0; i < out.data.length; i++) {
            out.data[i] += factor * b.data[i];
        }
        return out;
    }

    static Matrix rmsNorm(Matrix x, Matrix gain, double epsilon) {
        Matrix out = Matrix.zeros(x.rows, x.columns);
        for (int t = 0; t < x.rows; t++) {
            double squares = 0;
            for (int c = 0; c < x.columns; c++) {
                squares += x.at(t, c) * x.at(t, c);
            }
            for (int c = 0; c < x.columns; c++) {
                out.add(t, c, x.at(t, c) / Math.sqrt(squares / x.columns + epsilon) * gain.at(0, c));
            }
        }
        return out;
    }

    static Matrix rope(Matrix x, int heads, int headSize, Rotation rotation) {
        Matrix out = x.copy();
        int pairs = rotation.pairs();
        for (int t = 0; t < x.rows; t++) {
            for (int head = 0; head < heads; head++) {
                for (int i = 0; i < pairs; i++) {
                    int first = t * x.columns + head * headSize + 2 * i;
                    double cos = rotation.cos()[t * pairs + i];
                    double sin = rotation.sin()[t * pairs + i];
                    out.data[first] = x.data[first] * cos - x.data[first + 1] * sin;
                    out.data[first + 1] = x.data[first] * sin + x.data[first + 1] * cos;
                }
            }
        }
        return out;
    }

    static Matrix attend(AttentionShape shape, List<Span> spans, Matrix query, Matrix key, Matrix value) {
        Matrix out = Matrix.zeros(query.rows, query.columns);
        for (Span span : spans) {
            for (int row = span.row(); row < span.row() + span.rows(); row++) {
                for (int head = 0; head < shape.heads(); head++) {
                    attendRow(shape, span.row(), row, head, query, key, value, out);
                }
            }
        }
        return out;
    }

    private static void attendRow(
            AttentionShape shape, int first, int row, int head, Matrix query, Matrix key, Matrix value, Matrix out) {
        int at = head * shape.headSize();
        int other = head / shape.group() * shape.headSize();
        double[] weights = new double[row - first + 1];
        double total = 0;
        for (int j = first; j <= row; j++) {
            double score = 0;
            for (int d = 0; d < shape.headSize(); d++) {
                score += query.at(row, at + d) * key.at(j, other + d);
            }
            weights[j - first] = Math.exp(score * shape.scale());
            total += weights[j - first];
        }
        for (int j = first; j <= row; j++) {
            for (int d = 0; d < shape.headSize(); d++) {
                out.add(row, at + d, weights[j - first] / total * value.at(j, other + d));
            }
        }
    }

    static Matrix siluTimes(Matrix gate, Matrix up) {
        Matrix out = Matrix.zeros(gate.rows, gate.columns);
        for (int i = 0; i < out.data.length; i++) {
            out.data[i] = gate.data[i] / (1 + Math.exp(-gate.data[i])) * up.data[i];
        }
        return out;
    }

    static double crossEntropy(Matrix x, Matrix output, int[] targets) {
        return crossEntropy(x, output, targets, CrossEntropy.ones(targets.length));
    }

    static double crossEntropy(Matrix x, Matrix output, int[] targets, float[] weights) {
        Matrix logits = linear(x, output);
        double sum = 0;
        for (int t = 0; t < x.rows; t++) {
            double max = Double.NEGATIVE_INFINITY;
            for (int c = 0; c < logits.columns; c++) {
                max = Math.max(max, logits.at(t, c));
            }
            double total = 0;
            for (int c = 0; c < logits.columns; c++) {
                total += Math.exp(logits.at(t, c) - max);
            }
            sum += weights[t] * (max + Math.log(total) - logits.at(t, targets[t]));
        }
        return sum;
    }
}
