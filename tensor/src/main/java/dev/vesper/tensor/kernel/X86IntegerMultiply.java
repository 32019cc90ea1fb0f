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
 * {@code y = x · weightᵀ} for weights in one format, with activations rounded to integers, by machine code: in two ways, as
 * {@link X86Multiply}, which give the same bits.
 *
 * <p>For each 32 activations, with m the greatest magnitude: s = m / 32639, and i = x * (32639 / m), rounded to the nearest
 * integer, the even one of two; all zero if m is not above 2^-100. A weight is d * q, or d * q - e, with integers q, and
 * floats d and e that the 32 (in some formats 16) weights of a block share. Lane l of 16 takes the blocks l, l + 16, ... of
 * 4096 columns: {@code sum = fma(float(Σ i * q) * s, d, sum)}, and where there is an e {@code sum = fma(-(float(Σ i) * s),
 * e, sum)} after that. Then lane l takes lane l + 8, l + 4, l + 2 and l + 1, and the sums of 4096 columns are added in order.
 * A product with a NaN or an infinity among the activations is NaN.
 *
 * <p>An activation is off by m / 65278 at most, and so the product by the sum of that times the weights' magnitudes, besides
 * what rounding of floats does.
 */
final class X86IntegerMultiply {
    /** From here on, unpacking weights costs less than reading them once for every four tokens. */
    private static final int TILED_FROM_TOKENS = 10;

    /** Rows of a call: it must be over soon, since the collector waits for it. */
    private static final int CALL_ROWS = 1024;
    private static final int ROWS = X86Layout.TILE_ROWS;
    private static final int TOKENS = X86Layout.TILE_TOKENS;
    private static final int LANES = X86Layout.LANES;
    private static final int ROUNDED = IntegerLayout.ROUNDED;
    private static final int CHUNK = IntegerLayout.CHUNK;
    /** Bytes of rounded activations that a worker keeps, at most. */
    private static final long MOST_PACKED = 32L << 20;
    /** From the masks of one number of blocks left to those of the next. */
    private static final long MASKS = 64;

    private static final int PANEL_SLOT = 1;
    private static final int LINES_SLOT = 2;
    private static final int X_SLOT = 3;

    private final IntegerCode code;
    private final IntegerLayout layout;

    X86IntegerMultiply(IntegerCode code) {
        this.code = code;
        this.layout = code.layout();
    }

    void multiply(Weight weight, int fromRow, int toRow, float[] x, int tokens, float[] y, Scratch scratch) {
        boolean tiled = tokens >= TILED_FROM_TOKENS;
        int chunks = Math.ceilDiv(weight.columns(), CHUNK);
        int rounds = Math.ceilDiv(weight.columns(), ROUNDED);
        long xToken = tiled ? (long) chunks * layout.wordsChunk() : rounds * rounded(false);
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
        MemorySegment rest = scratch.bytes(LINES_SLOT, (long) Float.BYTES * ROUNDED);
        for (int token = 0; token < tokens; token++) {
            for (int column = 0; column < columns; column += CHUNK) {
                int at = (fromToken + token) * columns + column;
                int count = Math.min(CHUNK, columns - column);
                int rounds = count / ROUNDED;
                int left = count % ROUNDED;
                long chunkBytes = tiled ? layout.wordsChunk() : rounded(false) * (CHUNK / ROUNDED);
                long to = xToken * token + column / CHUNK * chunkBytes;
                if (rounds > 0) {
                    place((long) Float.BYTES * at, rounds, to, arguments);
                    code.round(tiled).run(x, packed, arguments);
                }
                if (left > 0) {
                    MemorySegment.copy(x, at + rounds * ROUNDED, rest, ValueLayout.JAVA_FLOAT, 0, left);
                    // a slice to be filled would be an object for each product
                    for (int i = left; i < ROUNDED; i++) {
                        rest.setAtIndex(ValueLayout.JAVA_FLOAT, i, 0);
                    }
                    place(0, 1, to + rounded(tiled) * rounds, arguments);
                    code.round(tiled).run(rest, rest, packed, arguments);
                }
            }
        }
    }

    /** Bytes from one 512 activations to the next. */
    private long rounded(boolean tiled) {
        return (long) ROUNDED / layout.group() * (tiled ? layout.wordsBlock() : layout.bytesGroup());
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
        Arguments.set(arguments, Arguments.LAST_BLOCKS, last / layout.group());
        Arguments.set(
                arguments, Arguments.TAIL_MASK, last % layout.group() / weight.format().blockSize() * MASKS);
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
        MemorySegment panel = scratch.bytes(PANEL_SLOT, layout.panel());
        for (int column = 0; column < weight.columns(); column += CHUNK) {
            int count = Math.min(CHUNK, weight.columns() - column);
            int vectors = Math.ceilDiv(count, layout.group());
            for (int row = fromRow; row < toRow; row += ROWS) {
                int rows = Math.min(ROWS, toRow - row);
                unpack(weight, row, rows, column, count, panel, arguments, scratch);
                Arguments.set(arguments, Arguments.WEIGHT_OFFSET, 0);
                Arguments.set(arguments, Arguments.WEIGHT_LANE_REST, layout.panelRest(vectors));
                Arguments.set(arguments, Arguments.X_LANE_REST, layout.wordsRest(vectors));
                Arguments.set(arguments, Arguments.X_STRIDE, xToken);
                Arguments.set(arguments, Arguments.Y_STRIDE, (long) Float.BYTES * weight.rows());
                Arguments.set(arguments, Arguments.LAST_BLOCKS, vectors);
                Arguments.set(arguments, Arguments.ADD, column);
                Arguments.set(arguments, Arguments.MASKS, -1L >>> ROWS - rows);
                for (int token = 0; token < tokens; token += TOKENS) {
                    long xAt = xToken * token + (long) layout.wordsChunk() * (column / CHUNK);
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
        for (int block = count / layout.block(); block % LANES != 0; block++) {
            panel.asSlice(layout.panel(block), layout.panelBlock()).fill((byte) 0);
        }
        Arguments.set(arguments, Arguments.LAST_BLOCKS, count / weight.format().blockSize());
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
