package dev.vesper.tensor.kernel;

import dev.vesper.tensor.AttentionShape;
import dev.vesper.tensor.KeyValues;
import dev.vesper.tensor.Scratch;
import dev.vesper.tensor.quant.Codecs;
import java.util.Arrays;

/** Attention and its gradient, plainly, as the reference: sums in double, one row of scores at a time. */
final class ScalarAttention {
    /** Room for what stands before and behind a head in its first and last block. */
    private static final int LARGEST_BLOCKS = 2 * 256;

    private ScalarAttention() {}

    static void attend(
            AttentionShape shape, int keyValueHead, int fromRow, int toRow, int position, float[] query,
            KeyValues keyValues, float[] out, float[] logSumExp, Scratch scratch) {
        float[] scores = scratch.floats(0, position + toRow - fromRow);
        double[] total = scratch.doubles(shape.headSize());
        float[] row = scratch.floats(1, shape.headSize() + LARGEST_BLOCKS);
        int firstHead = keyValueHead * shape.group();
        for (int token = fromRow; token < toRow; token++) {
            int visible = position + token - fromRow + 1;
            for (int head = firstHead; head < firstHead + shape.group(); head++) {
                int at = token * shape.queryColumns() + head * shape.headSize();
                double max = scores(shape, keyValueHead, query, at, keyValues, visible, scores, row);
                double sum = exponentials(scores, visible, max);
                weightedValues(shape, keyValueHead, keyValues, visible, scores, sum, out, at, row, total);
                logSumExp[token * shape.heads() + head] = (float) (max + StrictMath.log(sum));
            }
        }
    }

    /** Fills {@code scores} for the first {@code visible} positions and returns the largest. */
    private static double scores(
            AttentionShape shape, int keyValueHead, float[] query, int at, KeyValues keyValues, int visible,
            float[] scores, float[] row) {
        double max = Double.NEGATIVE_INFINITY;
        for (int j = 0; j < visible; j++) {
            row(shape, keyValueHead, keyValues, j, true, row);
            double dot = ScalarKernels.dot(query, at, row, 0, shape.headSize());
            scores[j] = (float) (dot * shape.scale());
            max = Math.max(max, scores[j]);
        }
        return max;
    }

    /** Replaces scores by {@code exp(score - max)} and returns their sum. */
    private static double exponentials(float[] scores, int visible, double max) {
        double sum = 0;
        for (int j = 0; j < visible; j++) {
            double weight = StrictMath.exp(scores[j] - max);
            scores[j] = (float) weight;
            sum += weight;
        }
        return sum;
    }

    private static void weightedValues(
            AttentionShape shape, int keyValueHead, KeyValues keyValues, int visible, float[] weights, double sum,
            float[] out, int at, float[] row, double[] total) {
        Arrays.fill(total, 0, shape.headSize(), 0);
        for (int j = 0; j < visible; j++) {
            row(shape, keyValueHead, keyValues, j, false, row);
            for (int d = 0; d < shape.headSize(); d++) {
                total[d] += (double) weights[j] * row[d];
            }
        }
        for (int d = 0; d < shape.headSize(); d++) {
            out[at + d] = (float) (total[d] / sum);
        }
    }

    /** The key or the value of one position and head, as floats. */
    private static void row(
            AttentionShape shape, int head, KeyValues keyValues, int position, boolean key, float[] row) {
        int size = shape.headSize();
        switch (keyValues) {
            case KeyValues.Floats floats -> {
                int page = position / floats.pageRows();
                int offset = floats.at(position, head, size);
                if (key) {
                    System.arraycopy(floats.keys()[page], floats.keyOffset() + offset, row, 0, size);
                } else {
                    System.arraycopy(floats.values()[page], floats.valueOffset() + offset, row, 0, size);
                }
            }
            case KeyValues.Blocks blocks -> {
                int column = head * size;
                long at = key ? blocks.keyAt(position, column) : blocks.valueAt(position, column);
                int count = blocks.covering(column, size);
                Codecs.of(blocks.format()).decode(blocks.page(position), at, row, 0, count);
                System.arraycopy(row, blocks.within(column), row, 0, size);
            }
        }
    }

    static void attendGradient(
            AttentionShape shape, int keyValueHead, int fromRow, int toRow, float[] query, float[] key, float[] value,
            float[] out, float[] logSumExp, float[] dOut, float[] dQuery, float[] dKey, float[] dValue) {
        int size = shape.headSize();
        double[] keySums = new double[(toRow - fromRow) * size];
        double[] valueSums = new double[(toRow - fromRow) * size];
        int firstHead = keyValueHead * shape.group();
        for (int head = firstHead; head < firstHead + shape.group(); head++) {
            for (int row = fromRow; row < toRow; row++) {
                int at = row * shape.queryColumns() + head * size;
                double inner = ScalarKernels.dot(dOut, at, out, at, size);
                double[] querySums = new double[size];
                for (int j = fromRow; j <= row; j++) {
                    int other = j * shape.keyValueColumns() + keyValueHead * size;
                    double score = shape.scale() * ScalarKernels.dot(query, at, key, other, size);
                    double weight = StrictMath.exp(score - logSumExp[row * shape.heads() + head]);
                    double dWeight = ScalarKernels.dot(dOut, at, value, other, size);
                    double dScore = weight * (dWeight - inner) * shape.scale();
                    for (int d = 0; d < size; d++) {
                        querySums[d] += dScore * key[other + d];
                        keySums[(j - fromRow) * size + d] += dScore * query[at + d];
                        valueSums[(j - fromRow) * size + d] += weight * dOut[at + d];
                    }
                }
                add(querySums, 0, dQuery, at, size);
            }
        }
        for (int j = fromRow; j < toRow; j++) {
            int other = j * shape.keyValueColumns() + keyValueHead * size;
            add(keySums, (j - fromRow) * size, dKey, other, size);
            add(valueSums, (j - fromRow) * size, dValue, other, size);
        }
    }

    private static void add(double[] sums, int from, float[] out, int at, int count) {
        for (int d = 0; d < count; d++) {
            out[at + d] += (float) sums[from + d];
        }
    }
}
