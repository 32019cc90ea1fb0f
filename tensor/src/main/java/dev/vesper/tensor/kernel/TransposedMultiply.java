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

    private static final int PASSES = LaneTile.DISTANCE;
    private static final int PANEL_SLOT = 0;
    private static final int SUMS_SLOT = 1;
    private static final int LINE_SLOT = 4;
    private static final int SUMS_STRIDE = PASSES * LaneTile.ROWS;

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
                    for (int pass = 0; pass < PASSES; pass++) {
                        int panelAt = pass * vectors * LaneTile.LANES * LaneTile.ROWS;
                        LaneTile.run(together, x, from + pass, xStride, panel, panelAt, vectors, sums,
                                pass * LaneTile.ROWS, SUMS_STRIDE);
                    }
                    finish(together, sums, rows, y, token * weight.rows() + row, weight.rows(), chunk > 0);
                }
            }
        }
    }

    /** Column {@code k} is that of lane {@code k / DISTANCE} of its vector in pass {@code k % DISTANCE}. */
    private static void transpose(
            Weight weight, int row, int rows, int chunk, int count, float[] line, float[] panel) {
        WeightReader reader = WeightReader.of(weight.format());
        int padded = Lanes.padded(count);
        int passFloats = padded / Lanes.COUNT * LaneTile.LANES * LaneTile.ROWS;
        if (rows < LaneTile.ROWS) {
            Arrays.fill(panel, 0, padded * LaneTile.ROWS, 0f);
        }
        for (int r = 0; r < rows; r++) {
            Arrays.fill(line, count, padded, 0f);
            long from = (row + r) * weight.rowBytes() + weight.format().bytes(chunk);
            reader.unpack(weight.data(), from, count, line, 0, Lanes.COUNT);
            for (int pass = 0; pass < PASSES; pass++) {
                int to = pass * passFloats + r;
                for (int k = pass; k < padded; k += PASSES, to += LaneTile.ROWS) {
                    panel[to] = line[k];
                }
            }
        }
    }

    /** Adds up the passes, in the order in which lanes are summed. */
    private static void finish(
            int tokens, float[] sums, int rows, float[] y, int yAt, int yStride, boolean add) {
        for (int token = 0; token < tokens; token++) {
            for (int r = 0; r < rows; r += Lanes.COUNT) {
                int from = token * SUMS_STRIDE + r;
                int to = yAt + token * yStride + r;
                FloatVector even = load(sums, from, 0).add(load(sums, from, 2));
                FloatVector result = even.add(load(sums, from, 1).add(load(sums, from, 3)));
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

    private static FloatVector load(float[] sums, int from, int pass) {
        return FloatVector.fromArray(Lanes.FLOAT, sums, from + pass * LaneTile.ROWS);
    }
}
