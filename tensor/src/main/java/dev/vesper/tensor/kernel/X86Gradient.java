package dev.vesper.tensor.kernel;

import dev.vesper.tensor.Scratch;
import dev.vesper.tensor.Weight;
import dev.vesper.tensor.x86.Arguments;
import dev.vesper.tensor.x86.MachineCode;
import dev.vesper.tensor.x86.X86Layout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The gradients of a multiplication by machine code, both sums of scaled rows in order: {@link TiledGradient} has the same bits. */
final class X86Gradient {
    /** Rows of a panel, half a megabyte: tokens pass it from L2, and the fewer panels, the rarer are sums loaded and stored. */
    private static final int PANEL_ROWS = 512;
    /** Columns of a panel, whole blocks of every format. */
    private static final int PANEL_COLUMNS = 256;
    /** So that rows of a panel do not fight for the same lines of the cache. */
    private static final long PANEL_STRIDE = Float.BYTES * (PANEL_COLUMNS + 80L);

    private static final int COLUMNS = X86Layout.TILE_ROWS;
    private static final int TOKENS = X86Layout.TILE_TOKENS;
    private static final int PANEL_SLOT = 1;

    private final MachineCode code;
    private final X86Panel panels;

    X86Gradient(MachineCode code) {
        this.code = code;
        this.panels = new X86Panel(code);
    }

    void input(Weight weight, int fromColumn, int toColumn, float[] dy, int tokens, float[] dx, Scratch scratch) {
        MemorySegment arguments = X86Multiply.arguments(scratch);
        MemorySegment panel = scratch.bytes(PANEL_SLOT, PANEL_STRIDE * PANEL_ROWS);
        for (int column = fromColumn; column < toColumn; column += PANEL_COLUMNS) {
            int columns = Math.min(PANEL_COLUMNS, toColumn - column);
            for (int row = 0; row < weight.rows(); row += PANEL_ROWS) {
                int rows = Math.min(PANEL_ROWS, weight.rows() - row);
                panels.unpack(weight, row, rows, column, columns, panel, 0, PANEL_STRIDE, arguments, scratch);
                strides((long) Float.BYTES * weight.rows(), Float.BYTES, weight.columns(), rows, arguments);
                for (int tile = 0; tile < columns; tile += COLUMNS) {
                    columns(tile, columns, arguments);
                    for (int token = 0; token < tokens; token += TOKENS) {
                        long from = Float.BYTES * ((long) token * weight.rows() + row);
                        Arguments.set(arguments, Arguments.X_OFFSET, from);
                        long at = Float.BYTES * ((long) token * weight.columns() + column + tile);
                        Arguments.set(arguments, Arguments.Y_OFFSET, at);
                        code.tile(Math.min(TOKENS, tokens - token)).run(panel, dy, dx, arguments);
                    }
                }
            }
        }
    }

    void weight(
            int fromRow, int toRow, float[] dy, int rows, float[] x, int columns, int tokens, float[] dw,
            Scratch scratch) {
        MemorySegment arguments = X86Multiply.arguments(scratch);
        MemorySegment panel = scratch.bytes(PANEL_SLOT, PANEL_STRIDE * PANEL_ROWS);
        for (int column = 0; column < columns; column += PANEL_COLUMNS) {
            int width = Math.min(PANEL_COLUMNS, columns - column);
            for (int token = 0; token < tokens; token += PANEL_ROWS) {
                int count = Math.min(PANEL_ROWS, tokens - token);
                for (int t = 0; t < count; t++) {
                    int from = (token + t) * columns + column;
                    MemorySegment.copy(x, from, panel, ValueLayout.JAVA_FLOAT, PANEL_STRIDE * t, width);
                }
                strides(Float.BYTES, (long) Float.BYTES * rows, columns, count, arguments);
                for (int tile = 0; tile < width; tile += COLUMNS) {
                    columns(tile, width, arguments);
                    for (int row = fromRow; row < toRow; row += TOKENS) {
                        Arguments.set(arguments, Arguments.X_OFFSET, Float.BYTES * ((long) token * rows + row));
                        long at = Float.BYTES * ((long) row * columns + column + tile);
                        Arguments.set(arguments, Arguments.Y_OFFSET, at);
                        code.tile(Math.min(TOKENS, toRow - row)).run(panel, dy, dw, arguments);
                    }
                }
            }
        }
    }

    private static void strides(long xStride, long xStep, int columns, int steps, MemorySegment arguments) {
        Arguments.set(arguments, Arguments.WEIGHT_STEP, PANEL_STRIDE);
        Arguments.set(arguments, Arguments.X_STRIDE, xStride);
        Arguments.set(arguments, Arguments.X_STEP, xStep);
        Arguments.set(arguments, Arguments.Y_STRIDE, (long) Float.BYTES * columns);
        Arguments.set(arguments, Arguments.LAST_BLOCKS, steps);
    }

    private static void columns(int tile, int columns, MemorySegment arguments) {
        Arguments.set(arguments, Arguments.WEIGHT_OFFSET, (long) Float.BYTES * tile);
        int width = Math.min(COLUMNS, columns - tile);
        Arguments.set(arguments, Arguments.MASKS, -1L >>> COLUMNS - width);
    }
}
