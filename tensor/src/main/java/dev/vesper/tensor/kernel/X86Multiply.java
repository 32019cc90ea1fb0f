package dev.vesper.tensor.kernel;

import dev.vesper.tensor.Format;
import dev.vesper.tensor.Scratch;
import dev.vesper.tensor.Weight;
import dev.vesper.tensor.x86.Arguments;
import dev.vesper.tensor.x86.MachineCode;
import dev.vesper.tensor.x86.Routine;
import dev.vesper.tensor.x86.X86Layout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * {@code y = x · weightᵀ} by machine code, in three ways: straight from the blocks for few tokens, by a few rows that are
 * unpacked to L1 for some, and by transposed panels in L2 for many.
 */
final class X86Multiply {
    /** From here on, unpacking weights costs less than reading them once for every four tokens. */
    static final int DOTS_FROM_TOKENS = 8;

    /** From here on, panels that are transposed for L2 cost less than activations that come from there. */
    static final int TILED_FROM_TOKENS = 40;

    private static final int MOST_TOKENS = 4;
    /** Rows of a call: it must be over soon, since the collector waits for it. */
    private static final int CALL_ROWS = 1024;
    private static final int ROWS = X86Layout.TILE_ROWS;
    private static final int TOKENS = X86Layout.TILE_TOKENS;
    private static final int DOT_ROWS = X86Layout.DOT_ROWS;
    /** Bytes of activations in another order that a worker keeps, at most. */
    private static final long MOST_PACKED = 32L << 20;
    private static final int LANES = X86Layout.LANES;
    /** Floats that a transposition covers. */
    private static final int SQUARE = LANES * LANES;
    /** Columns that are unpacked at a time: sixteen rows of them stay in L1 until they are transposed. */
    private static final int STEP = 512;
    /** So that rows a power of two apart do not fight for the same lines of the cache. */
    private static final int APART = 64;

    private static final long LINE_BYTES = Float.BYTES * STEP + APART;
    private static final long WEIGHT_STEP = Float.BYTES * ROWS;

    private static final int ARGUMENTS_SLOT = 0;
    private static final int PANEL_SLOT = 1;
    private static final int LINES_SLOT = 2;
    private static final int X_SLOT = 3;
    private static final int DOTS_SLOT = 4;

    private final MachineCode code;
    private final X86Panel panels;

    X86Multiply(MachineCode code) {
        this.code = code;
        this.panels = new X86Panel(code);
    }

    static MemorySegment arguments(Scratch scratch) {
        return scratch.bytes(ARGUMENTS_SLOT, Arguments.SIZE);
    }

    // --- few tokens ---

    void streamed(Weight weight, int fromRow, int toRow, float[] x, int tokens, float[] y, Scratch scratch) {
        MemorySegment arguments = arguments(scratch);
        int columns = weight.columns();
        int full = columns / X86Layout.CHUNK;
        int last = columns % X86Layout.CHUNK;
        Arguments.set(arguments, Arguments.X_STRIDE, (long) Float.BYTES * columns);
        Arguments.set(arguments, Arguments.Y_STRIDE, (long) Float.BYTES * weight.rows());
        Arguments.set(arguments, Arguments.CHUNKS, full + (last > 0 ? 1 : 0));
        Arguments.set(arguments, Arguments.FULL_CHUNKS, full);
        Arguments.set(arguments, Arguments.LAST_BLOCKS, last / MachineCode.elements(weight.format()));
        Arguments.set(arguments, Arguments.TAIL_MASK, (1 << last % LANES) - 1);
        for (int token = 0; token < tokens; token += MOST_TOKENS) {
            int together = Math.min(MOST_TOKENS, tokens - token);
            Arguments.set(arguments, Arguments.X_OFFSET, (long) Float.BYTES * token * columns);
            for (int row = fromRow; row < toRow; row += CALL_ROWS) {
                int rows = Math.min(CALL_ROWS, toRow - row);
                rows(weight, row, rows, token, together, x, y, arguments);
            }
        }
    }

    /** Rows in flight lie far apart, so that each is a long stream, which the processor fetches ahead. */
    private void rows(
            Weight weight, int row, int rows, int token, int tokens, float[] x, float[] y,
            MemorySegment arguments) {
        Format format = weight.format();
        long rowBytes = weight.rowBytes();
        int together = MachineCode.rows(format, tokens);
        int apart = rows / together;
        int left = rows - apart * together;
        Arguments.set(arguments, Arguments.WEIGHT_ADVANCE, rowBytes);
        Arguments.set(arguments, Arguments.Y_ADVANCE, Float.BYTES);
        if (apart > 0) {
            Arguments.set(arguments, Arguments.GROUPS, apart);
            Arguments.set(arguments, Arguments.ROW_DISTANCE, apart * rowBytes);
            Arguments.set(arguments, Arguments.Y_DISTANCE, (long) Float.BYTES * apart);
            run(code.dot(format, tokens, false), weight, row, token, x, y, arguments);
        }
        if (left > 0) {
            Arguments.set(arguments, Arguments.GROUPS, left);
            run(code.dot(format, tokens, true), weight, row + rows - left, token, x, y, arguments);
        }
    }

    private static void run(
            Routine dot, Weight weight, int row, int token, float[] x, float[] y, MemorySegment arguments) {
        Arguments.set(arguments, Arguments.WEIGHT_OFFSET, row * weight.rowBytes());
        Arguments.set(arguments, Arguments.Y_OFFSET, Float.BYTES * ((long) token * weight.rows() + row));
        dot.run(weight.data(), x, y, arguments);
    }

    // --- some tokens ---

    /** A few rows are unpacked to L1, where all tokens pass by. */
    void dots(Weight weight, int fromRow, int toRow, float[] x, int tokens, float[] y, Scratch scratch) {
        MemorySegment arguments = arguments(scratch);
        MemorySegment lines = scratch.bytes(DOTS_SLOT, (long) DOT_ROWS * X86Layout.LINE_BYTES);
        long xStride = (long) Float.BYTES * weight.columns();
        long yStride = (long) Float.BYTES * weight.rows();
        int groups = tokens / TOKENS;
        int left = tokens % TOKENS;
        for (int row = fromRow; row < toRow; row += DOT_ROWS) {
            int rows = Math.min(DOT_ROWS, toRow - row);
            for (int chunk = 0; chunk < weight.columns(); chunk += X86Layout.CHUNK) {
                int count = Math.min(X86Layout.CHUNK, weight.columns() - chunk);
                panels.unpack(weight, row, rows, chunk, count, lines, 0, X86Layout.LINE_BYTES, arguments, scratch);
                Arguments.set(arguments, Arguments.X_STRIDE, xStride);
                Arguments.set(arguments, Arguments.X_LANE_REST, xStride * TOKENS);
                Arguments.set(arguments, Arguments.X_OFFSET, (long) Float.BYTES * chunk);
                Arguments.set(arguments, Arguments.Y_STRIDE, yStride);
                Arguments.set(arguments, Arguments.Y_ADVANCE, yStride * TOKENS);
                Arguments.set(arguments, Arguments.Y_OFFSET, (long) Float.BYTES * row);
                Arguments.set(arguments, Arguments.LAST_BLOCKS, count / LANES);
                Arguments.set(arguments, Arguments.ADD, chunk);
                Arguments.set(arguments, Arguments.WEIGHT_OFFSET, 0);
                Arguments.set(arguments, Arguments.ROW_DISTANCE, X86Layout.LINE_BYTES);
                Arguments.set(arguments, Arguments.ROW_GROUPS, 1);
                if (groups > 0) {
                    Arguments.set(arguments, Arguments.GROUPS, groups);
                    code.dotTile(rows, TOKENS).run(lines, x, y, arguments);
                }
                if (left > 0) {
                    Arguments.set(arguments, Arguments.GROUPS, 1);
                    Arguments.set(
                            arguments,
                            Arguments.X_OFFSET,
                            xStride * groups * TOKENS + (long) Float.BYTES * chunk);
                    Arguments.set(
                            arguments, Arguments.Y_OFFSET, yStride * groups * TOKENS + (long) Float.BYTES * row);
                    code.dotTile(rows, left).run(lines, x, y, arguments);
                }
            }
        }
    }

    /** Whether {@link #dots} can be used: it reads whole vectors of the activations. */
    static boolean suitsDots(Weight weight) {
        return weight.columns() % LANES == 0;
    }

    // --- many tokens ---

    void tiled(Weight weight, int fromRow, int toRow, float[] x, int tokens, float[] y, Scratch scratch) {
        int widest = Math.min(X86Layout.CHUNK, weight.columns());
        int chunks = Math.ceilDiv(weight.columns(), X86Layout.CHUNK);
        int room = Math.ceilDiv(widest, SQUARE) * LANES;
        long tokenBytes = (long) Float.BYTES * room * LANES * chunks;
        int fit = (int) Math.max(TOKENS, MOST_PACKED / tokenBytes / TOKENS * TOKENS);
        for (int token = 0; token < tokens; token += fit) {
            boolean whole = tokens <= fit;
            tiled(weight, fromRow, toRow, x, token, Math.min(fit, tokens - token), room, whole, y, scratch);
        }
    }

    /** @param whole whether these are all tokens, so that what is packed is good for other bands, too */
    private void tiled(
            Weight weight, int fromRow, int toRow, float[] x, int fromToken, int tokens, int room, boolean whole,
            float[] y, Scratch scratch) {
        MemorySegment arguments = arguments(scratch);
        int chunks = Math.ceilDiv(weight.columns(), X86Layout.CHUNK);
        long xToken = (long) Float.BYTES * room;
        long xLane = xToken * tokens + APART;
        long panelLane = WEIGHT_STEP * room + 2 * APART;
        MemorySegment packed = scratch.bytes(X_SLOT, xLane * LANES * chunks);
        MemorySegment panel = scratch.bytes(PANEL_SLOT, panelLane * LANES);
        MemorySegment lines = scratch.bytes(LINES_SLOT, LINE_BYTES * LANES);
        if (!whole || !scratch.isPrepared()) {
            for (int chunk = 0; chunk < chunks; chunk++) {
                int at = fromToken * weight.columns() + chunk * X86Layout.CHUNK;
                int count = Math.min(X86Layout.CHUNK, weight.columns() - chunk * X86Layout.CHUNK);
                MemorySegment part = packed.asSlice(xLane * LANES * chunk);
                pack(x, at, weight.columns(), tokens, count, part, xToken, xLane, lines, arguments);
            }
            if (whole) {
                scratch.setPrepared();
            }
        }
        for (int chunk = 0; chunk < weight.columns(); chunk += X86Layout.CHUNK) {
            int count = Math.min(X86Layout.CHUNK, weight.columns() - chunk);
            int vectors = Math.ceilDiv(count, LANES);
            long xAt = xLane * LANES * (chunk / X86Layout.CHUNK);
            for (int row = fromRow; row < toRow; row += ROWS) {
                int rows = Math.min(ROWS, toRow - row);
                transpose(weight, row, rows, chunk, count, lines, panel, panelLane, arguments, scratch);
                Arguments.set(arguments, Arguments.WEIGHT_OFFSET, 0);
                Arguments.set(arguments, Arguments.WEIGHT_STEP, WEIGHT_STEP);
                Arguments.set(arguments, Arguments.WEIGHT_LANE_REST, panelLane - WEIGHT_STEP * vectors);
                Arguments.set(arguments, Arguments.X_STRIDE, xToken);
                Arguments.set(arguments, Arguments.X_STEP, Float.BYTES);
                Arguments.set(arguments, Arguments.X_LANE_REST, xLane - (long) Float.BYTES * vectors);
                Arguments.set(arguments, Arguments.Y_STRIDE, (long) Float.BYTES * weight.rows());
                Arguments.set(arguments, Arguments.LAST_BLOCKS, vectors);
                Arguments.set(arguments, Arguments.ADD, chunk);
                Arguments.set(arguments, Arguments.MASKS, -1L >>> ROWS - rows);
                for (int token = 0; token < tokens; token += TOKENS) {
                    Arguments.set(arguments, Arguments.X_OFFSET, xAt + xToken * token);
                    long yAt = Float.BYTES * ((long) (fromToken + token) * weight.rows() + row);
                    Arguments.set(arguments, Arguments.Y_OFFSET, yAt);
                    code.laneTile(Math.min(TOKENS, tokens - token)).run(panel, packed, y, arguments);
                }
            }
        }
    }

    /** Lays the elements of each lane of each token next to each other. */
    private void pack(
            float[] x, int xAt, int columns, int tokens, int count, MemorySegment packed, long xToken, long xLane,
            MemorySegment rest, MemorySegment arguments) {
        int squares = count / SQUARE;
        int left = count % SQUARE;
        for (int token = 0; token < tokens; token++) {
            int at = xAt + token * columns;
            if (squares > 0) {
                squares((long) Float.BYTES * at, squares, xToken * token, xLane, arguments);
                code.transpose().run(x, packed, arguments);
            }
            if (left > 0) {
                rest.asSlice(0, Float.BYTES * SQUARE).fill((byte) 0);
                MemorySegment.copy(x, at + squares * SQUARE, rest, ValueLayout.JAVA_FLOAT, 0, left);
                long to = xToken * token + (long) Float.BYTES * LANES * squares;
                squares(0, 1, to, xLane, arguments);
                code.transpose().run(rest, packed, packed, arguments);
            }
        }
    }

    private static void squares(long at, int count, long to, long xLane, MemorySegment arguments) {
        Arguments.set(arguments, Arguments.X_OFFSET, at);
        Arguments.set(arguments, Arguments.X_STRIDE, Float.BYTES * LANES);
        Arguments.set(arguments, Arguments.WEIGHT_ADVANCE, Float.BYTES * SQUARE);
        Arguments.set(arguments, Arguments.Y_OFFSET, to);
        Arguments.set(arguments, Arguments.Y_STRIDE, xLane);
        Arguments.set(arguments, Arguments.Y_ADVANCE, Float.BYTES * LANES);
        Arguments.set(arguments, Arguments.GROUPS, count);
    }

    /** The panel has, for each lane, its columns one after another, each of 64 rows. */
    private void transpose(
            Weight weight, int row, int rows, int chunk, int count, MemorySegment lines, MemorySegment panel,
            long panelLane, MemorySegment arguments, Scratch scratch) {
        for (int group = 0; group < rows; group += LANES) {
            int together = Math.min(LANES, rows - group);
            for (int step = 0; step < count; step += STEP) {
                int width = Math.min(STEP, count - step);
                panels.unpack(
                        weight, row + group, together, chunk + step, width, lines, 0, LINE_BYTES, arguments, scratch);
                Arguments.set(arguments, Arguments.X_OFFSET, 0);
                Arguments.set(arguments, Arguments.X_STRIDE, LINE_BYTES);
                Arguments.set(arguments, Arguments.WEIGHT_ADVANCE, Float.BYTES * LANES);
                long to = WEIGHT_STEP * (step / LANES) + (long) Float.BYTES * group;
                Arguments.set(arguments, Arguments.Y_OFFSET, to);
                Arguments.set(arguments, Arguments.Y_STRIDE, panelLane);
                Arguments.set(arguments, Arguments.Y_ADVANCE, WEIGHT_STEP);
                Arguments.set(arguments, Arguments.GROUPS, Math.ceilDiv(width, LANES));
                code.transpose().run(lines, panel, panel, arguments);
            }
        }
    }
}
