package dev.vesper.tensor.kernel;

import dev.vesper.tensor.Scratch;
import dev.vesper.tensor.Weight;
import dev.vesper.tensor.x86.Arguments;
import dev.vesper.tensor.x86.IntegerCode;
import dev.vesper.tensor.x86.IntegerLayout;
import dev.vesper.tensor.x86.Routine;
import dev.vesper.tensor.x86.X86Layout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * {@code y = x · weightᵀ} for weights in {@link dev.vesper.tensor.Format#Q4_0}, with activations rounded to integers, by
 * machine code: in two ways, as {@link X86Multiply}, which give the same bits.
 *
 * <p>For each block of 32 activations, with m the greatest magnitude: s = m / 32639, and i = x * (32639 / m), rounded to the
 * nearest integer, the even one of two; all zero if m is not above 2^-100. Lane l of 16 takes the blocks l, l + 16, ... of
 * 4096 columns: {@code sum = fma(float(Σ i * (q - 8)) * s, d, sum)}, with q and d those of the weight. Then lane l takes lane
 * l + 8, l + 4, l + 2 and l + 1, and the sums of 4096 columns are added in order. A product with a NaN or an infinity
 * among the activations is NaN.
 *
 * <p>An activation is off by m / 65278 at most, and so the product by the sum, over blocks, of that times the sum of the
 * weights' magnitudes, besides what rounding of floats does.
 */
final class X86IntegerMultiply {
    /** From here on, unpacking weights costs less than reading them once for every four tokens. */
    private static final int TILED_FROM_TOKENS = 10;

    /** Rows of a call: it must be over soon, since the collector waits for it. */
    private static final int CALL_ROWS = 1024;
    private static final int ROWS = X86Layout.TILE_ROWS;
    private static final int TOKENS = X86Layout.TILE_TOKENS;
    private static final int LANES = X86Layout.LANES;
    private static final int GROUP = IntegerLayout.GROUP;
    private static final int CHUNK = IntegerLayout.CHUNK;
    /** Bytes of rounded activations that a worker keeps, at most. */
    private static final long MOST_PACKED = 32L << 20;
    /** From the masks of one number of blocks left to those of the next. */
    private static final long MASKS = 64;

    private static final int PANEL_SLOT = 1;
    private static final int LINES_SLOT = 2;
    private static final int X_SLOT = 3;

    private final IntegerCode code = new IntegerCode();

    void multiply(Weight weight, int fromRow, int toRow, float[] x, int tokens, float[] y, Scratch scratch) {
        boolean tiled = tokens >= TILED_FROM_TOKENS;
        int groups = Math.ceilDiv(weight.columns(), GROUP);
        int chunks = Math.ceilDiv(weight.columns(), CHUNK);
        long xToken = tiled ? (long) chunks * IntegerLayout.WORDS_CHUNK : (long) groups * IntegerLayout.BYTES_GROUP;
        int fit = (int) Math.max(TOKENS, MOST_PACKED / xToken / TOKENS * TOKENS);
        for (int token = 0; token < tokens; token += fit) {
            int together = Math.min(fit, tokens - token);
            MemorySegment packed = scratch.bytes(X_SLOT, xToken * together);
            // what is rounded is good for other bands, too, if these are all tokens
            if (tokens > fit || !scratch.isPrepared()) {
                round(x, token, together, weight.columns(), tiled, packed, xToken, scratch);
                if (tokens <= fit) {
                    scratch.setPrepared();
                }
            }
            if (tiled) {
                tiled(weight, fromRow, toRow, packed, xToken, token, together, y, scratch);
            } else {
                streamed(weight, fromRow, toRow, packed, xToken, together, y, scratch);
            }
        }
    }

    private void round(
            float[] x, int fromToken, int tokens, int columns, boolean tiled, MemorySegment packed, long xToken,
            Scratch scratch) {
        MemorySegment arguments = X86Multiply.arguments(scratch);
        MemorySegment rest = scratch.bytes(LINES_SLOT, (long) Float.BYTES * GROUP);
        for (int token = 0; token < tokens; token++) {
            for (int column = 0; column < columns; column += CHUNK) {
                int at = (fromToken + token) * columns + column;
                int count = Math.min(CHUNK, columns - column);
                int groups = count / GROUP;
                int left = count % GROUP;
                long to = xToken * token + column / CHUNK
                        * (tiled
                                ? (long) IntegerLayout.WORDS_CHUNK
                                : (long) IntegerLayout.BYTES_GROUP * (CHUNK / GROUP));
                if (groups > 0) {
                    place((long) Float.BYTES * at, groups, to, arguments);
                    code.round(tiled).run(x, packed, arguments);
                }
                if (left > 0) {
                    MemorySegment.copy(x, at + groups * GROUP, rest, ValueLayout.JAVA_FLOAT, 0, left);
                    // a slice to be filled would be an object for each product
                    for (int i = left; i < GROUP; i++) {
                        rest.setAtIndex(ValueLayout.JAVA_FLOAT, i, 0);
                    }
                    long group = tiled ? IntegerLayout.WORDS_BLOCK : IntegerLayout.BYTES_GROUP;
                    place(0, 1, to + group * groups, arguments);
                    code.round(tiled).run(rest, rest, packed, arguments);
                }
            }
        }
    }

    private static void place(long at, int groups, long to, MemorySegment arguments) {
        Arguments.set(arguments, Arguments.X_OFFSET, at);
        Arguments.set(arguments, Arguments.Y_OFFSET, to);
        Arguments.set(arguments, Arguments.GROUPS, groups);
    }

    // --- few tokens ---

    private void streamed(
            Weight weight, int fromRow, int toRow, MemorySegment x, long xToken, int tokens, float[] y,
            Scratch scratch) {
        MemorySegment arguments = X86Multiply.arguments(scratch);
        int last = weight.columns() % CHUNK;
        Arguments.set(arguments, Arguments.X_STRIDE, xToken);
        Arguments.set(arguments, Arguments.Y_STRIDE, (long) Float.BYTES * weight.rows());
        Arguments.set(arguments, Arguments.CHUNKS, Math.ceilDiv(weight.columns(), CHUNK));
        Arguments.set(arguments, Arguments.FULL_CHUNKS, weight.columns() / CHUNK);
        Arguments.set(arguments, Arguments.LAST_BLOCKS, last / GROUP);
        Arguments.set(arguments, Arguments.TAIL_MASK, last % GROUP / IntegerLayout.BLOCK * MASKS);
        for (int token = 0; token < tokens; token += IntegerCode.MOST_TOKENS) {
            int together = Math.min(IntegerCode.MOST_TOKENS, tokens - token);
            Arguments.set(arguments, Arguments.X_OFFSET, xToken * token);
            for (int row = fromRow; row < toRow; row += CALL_ROWS) {
                rows(weight, row, Math.min(CALL_ROWS, toRow - row), token, together, x, y, arguments);
            }
        }
    }

    /** Rows in flight lie far apart, so that each is a long stream, which the processor fetches ahead. */
    private void rows(
            Weight weight, int row, int rows, int token, int tokens, MemorySegment x, float[] y,
            MemorySegment arguments) {
        long rowBytes = weight.rowBytes();
        int together = IntegerCode.rows(tokens);
        int apart = rows / together;
        int left = rows - apart * together;
        Arguments.set(arguments, Arguments.WEIGHT_ADVANCE, rowBytes);
        Arguments.set(arguments, Arguments.Y_ADVANCE, Float.BYTES);
        if (apart > 0) {
            Arguments.set(arguments, Arguments.GROUPS, apart);
            Arguments.set(arguments, Arguments.ROW_DISTANCE, apart * rowBytes);
            Arguments.set(arguments, Arguments.Y_DISTANCE, (long) Float.BYTES * apart);
            run(code.dot(tokens, false), weight, row, token, x, y, arguments);
        }
        if (left > 0) {
            Arguments.set(arguments, Arguments.GROUPS, left);
            run(code.dot(tokens, true), weight, row + rows - left, token, x, y, arguments);
        }
    }

    private static void run(
            Routine dot, Weight weight, int row, int token, MemorySegment x, float[] y,
            MemorySegment arguments) {
        Arguments.set(arguments, Arguments.WEIGHT_OFFSET, row * weight.rowBytes());
        Arguments.set(arguments, Arguments.Y_OFFSET, Float.BYTES * ((long) token * weight.rows() + row));
        dot.run(weight.data(), x, y, arguments);
    }

    // --- many tokens ---

    private void tiled(
            Weight weight, int fromRow, int toRow, MemorySegment x, long xToken, int fromToken, int tokens, float[] y,
            Scratch scratch) {
        MemorySegment arguments = X86Multiply.arguments(scratch);
        MemorySegment panel = scratch.bytes(PANEL_SLOT, IntegerLayout.PANEL);
        for (int column = 0; column < weight.columns(); column += CHUNK) {
            int count = Math.min(CHUNK, weight.columns() - column);
            int vectors = Math.ceilDiv(count, GROUP);
            for (int row = fromRow; row < toRow; row += ROWS) {
                int rows = Math.min(ROWS, toRow - row);
                unpack(weight, row, rows, column, count, panel, arguments, scratch);
                Arguments.set(arguments, Arguments.WEIGHT_OFFSET, 0);
                Arguments.set(arguments, Arguments.WEIGHT_LANE_REST, IntegerLayout.panelRest(vectors));
                Arguments.set(arguments, Arguments.X_LANE_REST, IntegerLayout.wordsRest(vectors));
                Arguments.set(arguments, Arguments.X_STRIDE, xToken);
                Arguments.set(arguments, Arguments.Y_STRIDE, (long) Float.BYTES * weight.rows());
                Arguments.set(arguments, Arguments.LAST_BLOCKS, vectors);
                Arguments.set(arguments, Arguments.ADD, column);
                Arguments.set(arguments, Arguments.MASKS, -1L >>> ROWS - rows);
                for (int token = 0; token < tokens; token += TOKENS) {
                    long xAt = xToken * token + (long) IntegerLayout.WORDS_CHUNK * (column / CHUNK);
                    Arguments.set(arguments, Arguments.X_OFFSET, xAt);
                    long yAt = Float.BYTES * ((long) (fromToken + token) * weight.rows() + row);
                    Arguments.set(arguments, Arguments.Y_OFFSET, yAt);
                    code.tile(Math.min(TOKENS, tokens - token)).run(panel, x, y, arguments);
                }
            }
        }
    }

    /** Blocks behind the last, to a multiple of 16, become zeros; rows behind the last are anything. */
    private void unpack(
            Weight weight, int row, int rows, int column, int count, MemorySegment panel, MemorySegment arguments,
            Scratch scratch) {
        int blocks = count / IntegerLayout.BLOCK;
        for (int block = blocks; block % LANES != 0; block++) {
            panel.asSlice(IntegerLayout.panel(block), IntegerLayout.PANEL_BLOCK).fill((byte) 0);
        }
        Arguments.set(arguments, Arguments.LAST_BLOCKS, blocks);
        for (int group = 0; group < rows; group += LANES) {
            MemorySegment from = weight.data();
            long at = (row + group) * weight.rowBytes() + weight.format().bytes(column);
            long stride = weight.rowBytes();
            if (rows - group < LANES) {
                from = copied(from, at, stride, rows - group, weight.format().bytes(count), scratch);
                at = 0;
                stride = weight.format().bytes(count);
            }
            Arguments.set(arguments, Arguments.WEIGHT_OFFSET, at);
            Arguments.set(arguments, Arguments.ROW_DISTANCE, stride);
            Arguments.set(arguments, Arguments.Y_OFFSET, (long) Float.BYTES * group);
            code.panel().run(from, from, panel, arguments);
        }
    }

    /** So few rows, where sixteen may be read. */
    private static MemorySegment copied(
            MemorySegment weight, long at, long stride, int rows, long bytes, Scratch scratch) {
        MemorySegment lines = scratch.bytes(LINES_SLOT, bytes * LANES);
        for (int r = 0; r < rows; r++) {
            MemorySegment.copy(weight, at + r * stride, lines, r * bytes, bytes);
        }
        return lines;
    }
}
