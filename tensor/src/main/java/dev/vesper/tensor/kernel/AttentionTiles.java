package dev.vesper.tensor.kernel;

import dev.vesper.tensor.KeyValues;
import dev.vesper.tensor.Scratch;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * What attention and its gradient share: rows of heads copied into panels that the register tiles can sweep, and the
 * products of {@code pairs} (a query row and a head each) with a chunk of positions.
 *
 * <p>Two layouts: alternating, for {@link DotTile}, with head rows padded to whole vectors; and row-major, for {@link
 * OuterTile}, padded to whole tiles.
 */
final class AttentionTiles {
    /** Positions in a chunk. Chunks begin at multiples of it, whatever the pages and the rows asked for. */
    static final int CHUNK = KeyValues.TOGETHER;
    private static final int SUMS_SLOT = 0;

    private AttentionTiles() {}

    /** Floats of a head row in an alternating panel, and of a row that is multiplied with it. */
    static int dotWidth(int headSize) {
        return Lanes.padded(headSize);
    }

    /** Floats of a head row in a row-major panel. */
    static int outerWidth(int headSize) {
        return Math.ceilDiv(headSize, OuterTile.COLUMNS) * OuterTile.COLUMNS;
    }

    /** Copies {@code count} floats to row {@code row} of an alternating panel. */
    static void copyAlternating(float[] from, int at, int count, float[] panel, int row) {
        int width = dotWidth(count);
        int to = row / DotTile.ROWS * DotTile.ROWS * width + row % DotTile.ROWS * Lanes.COUNT;
        for (int k = 0; k < count; k += Lanes.COUNT, to += DotTile.ROWS * Lanes.COUNT) {
            if (k + Lanes.COUNT <= count) {
                FloatVector.fromArray(Lanes.FLOAT, from, at + k).intoArray(panel, to);
            } else {
                VectorMask<Float> rest = Lanes.FLOAT.indexInRange(k, count);
                FloatVector.fromArray(Lanes.FLOAT, from, at + k, rest).intoArray(panel, to);
            }
        }
    }

    /** Copies {@code count} floats to {@code to}, zero up to {@code width}. */
    static void copyPadded(float[] from, int at, int count, float[] panel, int to, int width) {
        System.arraycopy(from, at, panel, to, count);
        Arrays.fill(panel, to + count, to + width, 0);
    }

    /**
     * {@code products[pair, j] = factor * rows[pair] · panel[j]} for the first {@code positions} of a chunk; what lies
     * beyond, up to whole vectors, is undefined.
     *
     * @param rows {@code [pairs, rowStride]}
     * @param products {@code [pairs, CHUNK]}
     */
    static void dots(
            int pairs, float[] rows, int rowsAt, int rowStride, float[] panel, int width, int positions, float factor,
            float[] products, int productsAt, Scratch scratch) {
        float[] sums = scratch.floats(SUMS_SLOT, DotTile.TOKENS * DotTile.SUMS_STRIDE);
        for (int pair = 0; pair < pairs; pair += DotTile.TOKENS) {
            int together = Math.min(DotTile.TOKENS, pairs - pair);
            Arrays.fill(sums, 0, together * DotTile.SUMS_STRIDE, 0);
            for (int j = 0; j < positions; j += DotTile.ROWS) {
                int from = rowsAt + pair * rowStride;
                DotTile.run(together, rows, from, rowStride, panel, j * width, width, sums, j * Lanes.COUNT);
            }
            for (int i = 0; i < together; i++) {
                int to = productsAt + (pair + i) * CHUNK;
                for (int j = 0; j < positions; j += Lanes.COUNT) {
                    Lanes.sums(sums, i * DotTile.SUMS_STRIDE + j * Lanes.COUNT, products, to + j);
                }
                for (int j = to; j < to + positions; j++) {
                    products[j] *= factor;
                }
            }
        }
    }

    /** {@code out[row] += sum over k of factors[row, k] * panel[k]}, everything {@code width} wide. */
    static void addRows(
            int rows, float[] factors, int factorsAt, int factorsStride, float[] panel, int width, int count,
            float[] out, int outAt) {
        for (int row = 0; row < rows; row += OuterTile.ROWS) {
            int together = Math.min(OuterTile.ROWS, rows - row);
            int from = factorsAt + row * factorsStride;
            for (int column = 0; column < width; column += OuterTile.COLUMNS) {
                int to = outAt + row * width + column;
                OuterTile.run(together, factors, from, factorsStride, panel, column, width, count, out, to, width);
            }
        }
    }
}
