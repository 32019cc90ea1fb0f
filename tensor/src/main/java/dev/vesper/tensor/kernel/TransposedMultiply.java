package dev.vesper.tensor.kernel;

import dev.vesper.tensor.Scratch;
import dev.vesper.tensor.Weight;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * {@code y = x · weightᵀ} for very many tokens, with the bits of {@link TiledMultiply}: a panel of weight rows is
 * transposed, so that a vector holds one column of many rows. Summing the lanes of each product, which takes as long as
 * the products themselves where rows are short, then becomes adding vectors.
 */
final class TransposedMultiply {
    /** Tokens from which on transposing is worth its time. */
    private static final int FROM_TOKENS = 96;

    /** Lanes of 512 bits: a tile of 24 accumulators needs 32 registers. */
    private static final int LANES = 16;

    private static final int PANEL_SLOT = 0;
    private static final int SUMS_SLOT = 1;
    private static final int LINE_SLOT = 4;
    private static final int SUMS_STRIDE = LANES * LaneTile.ROWS;

    private TransposedMultiply() {}

    static boolean suits(int tokens) {
        return Lanes.COUNT == LANES && tokens >= FROM_TOKENS;
    }

    /** @param xStride floats between the rows of x, which are zero up to whole vectors */
    static void multiply(
            Weight weight, int fromRow, int toRow, float[] x, int xStride, int tokens, float[] y, Scratch scratch) {
        int widest = Lanes.padded(Math.min(Lanes.CHUNK, weight.columns()));
        float[] panel = scratch.floats(PANEL_SLOT, LaneTile.ROWS * widest);
        float[] sums = scratch.floats(SUMS_SLOT, LaneTile.TOKENS * SUMS_STRIDE);
        float[] line = scratch.floats(LINE_SLOT, widest);
        for (int row = fromRow; row < toRow; row += LaneTile.ROWS) {
            int rows = Math.min(LaneTile.ROWS, toRow - row);
            for (int chunk = 0; chunk < weight.columns(); chunk += Lanes.CHUNK) {
                int count = Math.min(Lanes.CHUNK, weight.columns() - chunk);
                int vectors = Lanes.padded(count) / Lanes.COUNT;
                transpose(weight, row, rows, chunk, count, line, panel);
                for (int token = 0; token < tokens; token += LaneTile.TOKENS) {
                    int together = Math.min(LaneTile.TOKENS, tokens - token);
                    int from = token * xStride + chunk;
                    for (int lane = 0; lane < LANES; lane++) {
                        int panelAt = lane * vectors * LaneTile.ROWS;
                        LaneTile.run(together, x, from + lane, xStride, panel, panelAt, vectors, sums,
                                lane * LaneTile.ROWS, SUMS_STRIDE);
                    }
                    finish(together, sums, rows, y, token * weight.rows() + row, weight.rows(), chunk > 0);
                }
            }
        }
    }

    /** The panel has the columns of each lane one after another. */
    private static void transpose(
            Weight weight, int row, int rows, int chunk, int count, float[] line, float[] panel) {
        WeightReader reader = WeightReader.of(weight.format());
        int padded = Lanes.padded(count);
        if (rows < LaneTile.ROWS) {
            Arrays.fill(panel, 0, padded * LaneTile.ROWS, 0f);
        }
        for (int r = 0; r < rows; r++) {
            Arrays.fill(line, count, padded, 0f);
            long from = (row + r) * weight.rowBytes() + weight.format().bytes(chunk);
            reader.unpack(weight.data(), from, count, line, 0, Lanes.COUNT);
            int to = r;
            for (int lane = 0; lane < LANES; lane++) {
                for (int k = lane; k < padded; k += LANES, to += LaneTile.ROWS) {
                    panel[to] = line[k];
                }
            }
        }
    }

    /** Adds up the lanes, in the order in which {@link Lanes} sums them. */
    private static void finish(
            int tokens, float[] sums, int rows, float[] y, int yAt, int yStride, boolean add) {
        for (int token = 0; token < tokens; token++) {
            for (int r = 0; r < rows; r += Lanes.COUNT) {
                int from = token * SUMS_STRIDE + r;
                int to = yAt + token * yStride + r;
                FloatVector even = quarter(sums, from, 0).add(quarter(sums, from, 2));
                FloatVector result = even.add(quarter(sums, from, 1).add(quarter(sums, from, 3)));
                if (r + Lanes.COUNT <= rows) {
                    (add ? FloatVector.fromArray(Lanes.FLOAT, y, to).add(result) : result).intoArray(y, to);
                } else {
                    result.intoArray(sums, from);
                    for (int i = 0; i < rows - r; i++) {
                        y[to + i] = add ? y[to + i] + sums[from + i] : sums[from + i];
                    }
                }
            }
        }
    }

    /** Lanes that are a quarter of a vector apart: {@code (0 + 8) + (4 + 12)}. */
    private static FloatVector quarter(float[] sums, int from, int lane) {
        FloatVector half = load(sums, from, lane).add(load(sums, from, lane + 8));
        return half.add(load(sums, from, lane + 4).add(load(sums, from, lane + 12)));
    }

    private static FloatVector load(float[] sums, int from, int lane) {
        return FloatVector.fromArray(Lanes.FLOAT, sums, from + lane * LaneTile.ROWS);
    }
}
