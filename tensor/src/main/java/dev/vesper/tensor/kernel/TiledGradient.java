package dev.vesper.tensor.kernel;

import dev.vesper.tensor.Scratch;
import dev.vesper.tensor.Weight;

/**
 * The gradients of a multiplication, both sums of scaled rows: for the input, rows of the weight scaled by the output's
 * gradient; for the weight, rows of the input. A panel of those rows is unpacked and swept with {@link OuterTile}.
 */
final class TiledGradient {
    /** Columns that lie together in a panel: whole tiles, and whole blocks of the small block formats. */
    private static final int GROUP = Math.max(32, OuterTile.COLUMNS);
    /** Rows of a panel; 64 columns of them take 32 KB, which stay in L1 or near it. */
    private static final int PANEL_ROWS = 128;
    /** Columns of a panel: long enough runs of a mapped row to read it at full speed. */
    private static final int PANEL_COLUMNS = 512;
    private static final int PANEL_SLOT = 0;
    private static final int EDGE_SLOT = 1;
    private static final int FACTORS_SLOT = 2;
    private static final int LINE_SLOT = 4;

    private TiledGradient() {}

    static void input(
            Weight weight, int fromColumn, int toColumn, float[] dy, int tokens, float[] dx, Scratch scratch) {
        WeightReader reader = WeightReader.of(weight.format());
        float[] panel = scratch.floats(PANEL_SLOT, PANEL_ROWS * PANEL_COLUMNS);
        float[] edge = scratch.floats(EDGE_SLOT, OuterTile.ROWS * GROUP);
        float[] line = scratch.floats(LINE_SLOT, PANEL_COLUMNS);
        for (int column = fromColumn; column < toColumn; column += PANEL_COLUMNS) {
            int columns = Math.min(PANEL_COLUMNS, toColumn - column);
            for (int row = 0; row < weight.rows(); row += PANEL_ROWS) {
                int rows = Math.min(PANEL_ROWS, weight.rows() - row);
                unpack(reader, weight, row, rows, column, columns, panel, line);
                for (int token = 0; token < tokens; token += OuterTile.ROWS) {
                    int together = Math.min(OuterTile.ROWS, tokens - token);
                    int from = token * weight.rows() + row;
                    int to = token * weight.columns() + column;
                    sweep(together, dy, from, weight.rows(), panel, rows, columns, dx, to, weight.columns(), edge);
                }
            }
        }
    }

    private static void unpack(
            WeightReader reader, Weight weight, int row, int rows, int column, int columns, float[] panel,
            float[] line) {
        boolean longBlocks = weight.format().blockSize() > GROUP;
        for (int r = 0; r < rows; r++) {
            if (longBlocks) {
                long from = (row + r) * weight.rowBytes() + weight.format().bytes(column);
                reader.unpack(weight.data(), from, columns, line, 0, Lanes.COUNT);
                scatter(line, columns, panel, r * GROUP, rows);
                continue;
            }
            long from = (row + r) * weight.rowBytes();
            for (int group = 0; group < columns; group += GROUP) {
                long offset = from + weight.format().bytes(column + group);
                int count = Math.min(GROUP, columns - group);
                reader.unpack(weight.data(), offset, count, panel, (group * rows) + r * GROUP, Lanes.COUNT);
            }
        }
    }

    /** A block of 256 belongs to several groups, and is unpacked as a whole. */
    private static void scatter(float[] line, int columns, float[] panel, int at, int rows) {
        for (int group = 0; group < columns; group += GROUP) {
            System.arraycopy(line, group, panel, group * rows + at, Math.min(GROUP, columns - group));
        }
    }

    static void weight(
            int fromRow, int toRow, float[] dy, int rows, float[] x, int columns, int tokens, float[] dw,
            Scratch scratch) {
        float[] panel = scratch.floats(PANEL_SLOT, PANEL_ROWS * PANEL_COLUMNS);
        float[] edge = scratch.floats(EDGE_SLOT, OuterTile.ROWS * GROUP);
        float[] factors = scratch.floats(FACTORS_SLOT, OuterTile.ROWS * PANEL_ROWS);
        for (int column = 0; column < columns; column += PANEL_COLUMNS) {
            int width = Math.min(PANEL_COLUMNS, columns - column);
            for (int token = 0; token < tokens; token += PANEL_ROWS) {
                int count = Math.min(PANEL_ROWS, tokens - token);
                copy(x, token * columns + column, columns, count, width, panel);
                for (int row = fromRow; row < toRow; row += OuterTile.ROWS) {
                    int together = Math.min(OuterTile.ROWS, toRow - row);
                    transpose(dy, token * rows + row, rows, count, together, factors);
                    int to = row * columns + column;
                    sweep(together, factors, 0, PANEL_ROWS, panel, count, width, dw, to, columns, edge);
                }
            }
        }
    }

    private static void copy(float[] x, int xAt, int xStride, int rows, int columns, float[] panel) {
        for (int r = 0; r < rows; r++) {
            for (int group = 0; group < columns; group += GROUP) {
                int count = Math.min(GROUP, columns - group);
                System.arraycopy(x, xAt + r * xStride + group, panel, group * rows + r * GROUP, count);
            }
        }
    }

    private static void transpose(float[] dy, int at, int stride, int tokens, int rows, float[] factors) {
        for (int t = 0; t < tokens; t++) {
            for (int r = 0; r < rows; r++) {
                factors[r * PANEL_ROWS + t] = dy[at + t * stride + r];
            }
        }
    }

    /** Runs the tiles of some rows of {@code out} over all columns of a panel. */
    private static void sweep(
            int together, float[] factors, int factorsAt, int factorsStride, float[] panel, int rows, int columns,
            float[] out, int outAt, int outStride, float[] edge) {
        for (int group = 0; group < columns; group += GROUP) {
            for (int tile = group; tile < Math.min(group + GROUP, columns); tile += OuterTile.COLUMNS) {
                int panelAt = group * rows + tile - group;
                int width = Math.min(OuterTile.COLUMNS, columns - tile);
                if (width == OuterTile.COLUMNS) {
                    OuterTile.run(together, factors, factorsAt, factorsStride, panel, panelAt, GROUP, rows, out,
                            outAt + tile, outStride);
                } else {
                    copyRows(together, width, out, outAt + tile, outStride, edge, 0, GROUP);
                    OuterTile.run(together, factors, factorsAt, factorsStride, panel, panelAt, GROUP, rows, edge, 0,
                            GROUP);
                    copyRows(together, width, edge, 0, GROUP, out, outAt + tile, outStride);
                }
            }
        }
    }

    private static void copyRows(
            int rows, int columns, float[] from, int fromAt, int fromStride, float[] to, int toAt, int toStride) {
        for (int r = 0; r < rows; r++) {
            System.arraycopy(from, fromAt + r * fromStride, to, toAt + r * toStride, columns);
        }
    }
}
