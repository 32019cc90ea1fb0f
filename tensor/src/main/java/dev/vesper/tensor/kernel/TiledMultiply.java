package dev.vesper.tensor.kernel;

import dev.vesper.tensor.Scratch;
import dev.vesper.tensor.Weight;
import java.util.Arrays;

/**
 * {@code y = x · weightᵀ} for many tokens: unpacks a panel of weight rows that fits L2 and sweeps register tiles over
 * all tokens. What lies in L1 is a step of some tokens; the panel streams past it from L2.
 */
final class TiledMultiply {
    /** Elements of a row that a tile covers at a time: 6 tokens of them take 24 KB of L1. */
    private static final int STEP = 1024;
    private static final int DISTANCE = DotTile.ROWS * Lanes.COUNT;
    private static final int PANEL_SLOT = 0;
    private static final int SUMS_SLOT = 1;

    private TiledMultiply() {}

    /** @param xStride floats between the rows of x, which are zero up to whole vectors */
    static void multiply(
            Weight weight, int fromRow, int toRow, float[] x, int xStride, int tokens, float[] y, Scratch scratch) {
        int widest = Lanes.padded(Math.min(Lanes.CHUNK, weight.columns()));
        float[] panel = scratch.floats(PANEL_SLOT, DotTile.PANEL_ROWS * widest);
        float[] sums = scratch.floats(SUMS_SLOT, DotTile.TOKENS * DotTile.SUMS_STRIDE);
        for (int row = fromRow; row < toRow; row += DotTile.PANEL_ROWS) {
            int rows = Math.min(DotTile.PANEL_ROWS, toRow - row);
            for (int chunk = 0; chunk < weight.columns(); chunk += Lanes.CHUNK) {
                int count = Math.min(Lanes.CHUNK, weight.columns() - chunk);
                unpack(weight, row, rows, chunk, count, panel);
                for (int token = 0; token < tokens; token += DotTile.TOKENS) {
                    int together = Math.min(DotTile.TOKENS, tokens - token);
                    sweep(together, x, token * xStride + chunk, xStride, panel, rows, Lanes.padded(count), sums);
                    finish(together, sums, rows, y, token * weight.rows() + row, weight.rows(), chunk > 0);
                }
            }
        }
    }

    /**
     * The panel lies as it is read: by steps, then by groups of {@link DotTile#ROWS} rows, whose vectors alternate. It is
     * one stream, and rows whose distance is a power of two do not fight for the same cache lines.
     */
    private static void unpack(Weight weight, int row, int rows, int chunk, int count, float[] panel) {
        WeightReader reader = WeightReader.of(weight.format());
        int padded = Lanes.padded(count);
        int groups = whole(rows);
        long offset = weight.format().bytes(chunk);
        for (int r = 0; r < rows; r++) {
            int group = r / DotTile.ROWS * DotTile.ROWS;
            long from = (row + r) * weight.rowBytes() + offset;
            for (int k = 0; k < count; k += STEP) {
                int step = Math.min(STEP, padded - k);
                int at = groups * k + group * step + (r - group) * Lanes.COUNT;
                long bytes = weight.format().bytes(k);
                reader.unpack(weight.data(), from + bytes, Math.min(STEP, count - k), panel, at, DISTANCE);
            }
        }
    }

    /** {@code rows} rounded up to whole groups. */
    private static int whole(int rows) {
        return Math.ceilDiv(rows, DotTile.ROWS) * DotTile.ROWS;
    }

    private static void sweep(
            int tokens, float[] x, int xAt, int xStride, float[] panel, int rows, int width, float[] sums) {
        Arrays.fill(sums, 0, tokens * DotTile.SUMS_STRIDE, 0);
        for (int k = 0; k < width; k += STEP) {
            int step = Math.min(STEP, width - k);
            for (int group = 0; group < rows; group += DotTile.ROWS) {
                int panelAt = whole(rows) * k + group * step;
                DotTile.run(tokens, x, xAt + k, xStride, panel, panelAt, step, sums, group * Lanes.COUNT);
            }
        }
    }

    /** Sums the lanes of all accumulators into {@code y}; those beyond {@code rows} are left over and dropped. */
    private static void finish(
            int tokens, float[] sums, int rows, float[] y, int yAt, int yStride, boolean add) {
        for (int token = 0; token < tokens; token++) {
            int to = yAt + token * yStride;
            int from = token * DotTile.SUMS_STRIDE;
            for (int r = 0; r < rows; r += Lanes.COUNT) {
                Lanes.sums(sums, from + r * Lanes.COUNT, sums, from + r);
            }
            for (int r = 0; r < rows; r++) {
                y[to + r] = add ? y[to + r] + sums[from + r] : sums[from + r];
            }
        }
    }
}
