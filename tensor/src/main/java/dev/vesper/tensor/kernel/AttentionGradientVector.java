package dev.vesper.tensor.kernel;

import dev.vesper.tensor.AttentionShape;
import dev.vesper.tensor.Scratch;
import java.util.Arrays;

/**
 * Gradient of attention (Dao et al. 2022): the weights are computed again from the scores and their log-sum-exp, a
 * chunk of positions against some query rows at a time.
 */
final class AttentionGradientVector {
    /** Pairs of a row and a head against which a chunk of positions is held. */
    private static final int PAIRS = 48;
    private static final int CHUNK = AttentionTiles.CHUNK;

    private final AttentionShape shape;
    private final int keyValueHead;
    private final Scratch scratch;
    private final int headSize;
    private final int dotWidth;
    private final int outerWidth;
    private final int blockRows;
    private final int pairLimit;
    /** A chunk of keys and of values in both layouts, and the gradients that it collects. */
    private final float[] keysAlternating;
    private final float[] valuesAlternating;
    private final float[] keys;
    private final float[] keyGradients;
    private final float[] valueGradients;
    /** Rows of some pairs, wide enough for both kinds of tile. */
    private final float[] queries;
    private final float[] outGradients;
    private final float[] queryGradients;
    /** {@code [pairs, CHUNK]}, and then transposed, {@code [CHUNK, pairs]}. */
    private final float[] weights;
    private final float[] scoreGradients;
    private final float[] transposed;

    AttentionGradientVector(AttentionShape shape, int keyValueHead, Scratch scratch) {
        this.shape = shape;
        this.keyValueHead = keyValueHead;
        this.scratch = scratch;
        this.headSize = shape.headSize();
        this.dotWidth = AttentionTiles.dotWidth(headSize);
        this.outerWidth = AttentionTiles.outerWidth(headSize);
        this.blockRows = Math.max(1, PAIRS / shape.group());
        this.pairLimit = blockRows * shape.group();
        this.keysAlternating = scratch.floats(1, CHUNK * dotWidth);
        this.valuesAlternating = scratch.floats(2, CHUNK * dotWidth);
        this.keys = scratch.floats(3, CHUNK * outerWidth);
        this.keyGradients = scratch.floats(4, CHUNK * outerWidth);
        this.valueGradients = scratch.floats(5, CHUNK * outerWidth);
        this.queries = scratch.floats(6, pairLimit * outerWidth);
        this.outGradients = scratch.floats(7, pairLimit * outerWidth);
        this.queryGradients = scratch.floats(8, pairLimit * outerWidth);
        this.weights = scratch.floats(9, pairLimit * CHUNK);
        this.scoreGradients = scratch.floats(10, pairLimit * CHUNK);
        this.transposed = scratch.floats(11, CHUNK * pairLimit);
    }

    /** The matrices of one call of {@link Kernels#attendGradient}. */
    record Arguments(
            float[] query, float[] key, float[] value, float[] out, float[] logSumExp, float[] dOut, float[] dQuery,
            float[] dKey, float[] dValue) {}

    void attendGradient(int fromRow, int toRow, Arguments a) {
        for (int chunk = fromRow; chunk < toRow; chunk += CHUNK) {
            int positions = Math.min(CHUNK, toRow - chunk);
            beginChunk(chunk, positions, a);
            for (int row = chunk; row < toRow; row += blockRows) {
                block(chunk, positions, row, Math.min(blockRows, toRow - row), a);
            }
            for (int j = 0; j < positions; j++) {
                addTo(keyGradients, j, a.dKey(), keyAt(chunk + j));
                addTo(valueGradients, j, a.dValue(), keyAt(chunk + j));
            }
        }
    }

    private int keyAt(int row) {
        return row * shape.keyValueColumns() + keyValueHead * headSize;
    }

    private int head(int pair) {
        return keyValueHead * shape.group() + pair % shape.group();
    }

    private int queryAt(int row, int pair) {
        return (row + pair / shape.group()) * shape.queryColumns() + head(pair) * headSize;
    }

    private void beginChunk(int chunk, int positions, Arguments a) {
        for (int j = 0; j < positions; j++) {
            int at = keyAt(chunk + j);
            AttentionTiles.copyAlternating(a.key(), at, headSize, keysAlternating, j);
            AttentionTiles.copyAlternating(a.value(), at, headSize, valuesAlternating, j);
            AttentionTiles.copyPadded(a.key(), at, headSize, keys, j * outerWidth, outerWidth);
        }
        Arrays.fill(keyGradients, 0, positions * outerWidth, 0);
        Arrays.fill(valueGradients, 0, positions * outerWidth, 0);
    }

    private void block(int chunk, int positions, int row, int rows, Arguments a) {
        int pairs = rows * shape.group();
        for (int pair = 0; pair < pairs; pair++) {
            int at = queryAt(row, pair);
            int to = pair * outerWidth;
            AttentionTiles.copyPadded(a.query(), at, headSize, queries, to, outerWidth);
            AttentionTiles.copyPadded(a.dOut(), at, headSize, outGradients, to, outerWidth);
        }
        Arrays.fill(queryGradients, 0, pairs * outerWidth, 0);
        AttentionTiles.dots(pairs, queries, 0, outerWidth, keysAlternating, dotWidth, positions, shape.scale(),
                weights, 0, scratch);
        AttentionTiles.dots(pairs, outGradients, 0, outerWidth, valuesAlternating, dotWidth, positions, 1,
                scoreGradients, 0, scratch);
        for (int pair = 0; pair < pairs; pair++) {
            int visible = Math.clamp(row + pair / shape.group() - chunk + 1, 0, positions);
            int at = queryAt(row, pair);
            float inner = (float) ScalarKernels.dot(a.dOut(), at, a.out(), at, headSize);
            float logSumExp = a.logSumExp()[(row + pair / shape.group()) * shape.heads() + head(pair)];
            scoreGradients(pair, visible, logSumExp, inner);
        }
        AttentionTiles.addRows(
                pairs, scoreGradients, 0, CHUNK, keys, outerWidth, positions, queryGradients, 0);
        transpose(scoreGradients, pairs, positions);
        AttentionTiles.addRows(positions, transposed, 0, pairLimit, queries, outerWidth, pairs, keyGradients, 0);
        transpose(weights, pairs, positions);
        AttentionTiles.addRows(positions, transposed, 0, pairLimit, outGradients, outerWidth, pairs, valueGradients, 0);
        for (int pair = 0; pair < pairs; pair++) {
            addTo(queryGradients, pair, a.dQuery(), queryAt(row, pair));
        }
    }

    /** Scores become weights, and gradients of weights become gradients of scores, zero where not visible. */
    private void scoreGradients(int pair, int visible, float logSumExp, float inner) {
        int at = pair * CHUNK;
        Exponential.ofDifferences(weights, logSumExp, weights, at, CHUNK);
        Arrays.fill(weights, at + visible, at + CHUNK, 0);
        for (int j = at; j < at + CHUNK; j++) {
            scoreGradients[j] = (scoreGradients[j] - inner) * weights[j] * shape.scale();
        }
        Arrays.fill(scoreGradients, at + visible, at + CHUNK, 0);
    }

    private void transpose(float[] from, int pairs, int positions) {
        for (int pair = 0; pair < pairs; pair++) {
            for (int j = 0; j < positions; j++) {
                transposed[j * pairLimit + pair] = from[pair * CHUNK + j];
            }
        }
    }

    private void addTo(float[] rows, int row, float[] out, int at) {
        for (int d = 0; d < headSize; d++) {
            out[at + d] += rows[row * outerWidth + d];
        }
    }
}
