package dev.vesper.tensor.kernel;

import dev.vesper.tensor.AttentionShape;
import dev.vesper.tensor.Format;
import dev.vesper.tensor.KeyValues;
import dev.vesper.tensor.Scratch;
import dev.vesper.tensor.x86.Arguments;
import dev.vesper.tensor.x86.MachineCode;
import dev.vesper.tensor.x86.X86Layout;
import java.lang.foreign.MemorySegment;

/**
 * The products of attention by machine code, for a chunk of positions at a time: keys and values are read where they lie in
 * the cache if they are floats, and unpacked to native memory if not. The same bits as {@link AttentionTiles}.
 */
final class X86Attention {
    private static final int CHUNK = AttentionTiles.CHUNK;
    private static final int ROWS = X86Layout.DOT_ROWS;
    private static final int TOGETHER = X86Layout.TILE_TOKENS;
    private static final int COLUMNS = X86Layout.TILE_ROWS;
    private static final int KEYS_SLOT = 5;
    private static final int VALUES_SLOT = 6;
    private static final float[] NONE = {};

    private final MachineCode code;
    private int headSize;
    /** Where keys and values are floats already; empty if they are unpacked. */
    private float[] keyArray = NONE;

    private float[] valueArray = NONE;
    private MemorySegment keys = MemorySegment.NULL;
    private long keyAt;
    private MemorySegment values = MemorySegment.NULL;
    private long valueAt;
    private long stride;

    X86Attention(MachineCode code) {
        this.code = code;
    }

    /** Turns to a chunk; false if its keys and values are laid out in a way that machine code does not read. */
    boolean open(
            AttentionShape shape, int keyValueHead, KeyValues from, int chunk, int positions, Scratch scratch) {
        headSize = shape.headSize();
        int pageRows = from.pageRows();
        boolean onePage = chunk / pageRows == (chunk + positions - 1) / pageRows;
        if (!onePage || headSize % COLUMNS != 0) {
            return false;
        }
        return switch (from) {
            case KeyValues.Floats floats -> inPlace(floats, keyValueHead, chunk);
            case KeyValues.Blocks blocks -> unpack(blocks, keyValueHead, chunk, positions, scratch);
        };
    }

    /** Lets go of the keys and values. */
    void close() {
        keyArray = NONE;
        valueArray = NONE;
    }

    private boolean inPlace(KeyValues.Floats from, int keyValueHead, int chunk) {
        int page = chunk / from.pageRows();
        int offset = from.at(chunk, keyValueHead, headSize);
        keyArray = from.keys()[page];
        keyAt = (long) Float.BYTES * (from.keyOffset() + offset);
        valueArray = from.values()[page];
        valueAt = (long) Float.BYTES * (from.valueOffset() + offset);
        stride = (long) Float.BYTES * from.stride();
        return true;
    }

    private boolean unpack(KeyValues.Blocks from, int keyValueHead, int chunk, int positions, Scratch scratch) {
        Format format = from.format();
        if (headSize % format.blockSize() != 0 || !MachineCode.reads(format)) {
            return false;
        }
        long size = (long) Float.BYTES * headSize * CHUNK;
        MemorySegment page = from.page(chunk);
        int column = keyValueHead * headSize;
        keyArray = NONE;
        valueArray = NONE;
        keys = scratch.bytes(KEYS_SLOT, size);
        values = scratch.bytes(VALUES_SLOT, size);
        keyAt = 0;
        valueAt = 0;
        stride = (long) Float.BYTES * headSize;
        MemorySegment arguments = X86Multiply.arguments(scratch);
        Arguments.set(arguments, Arguments.WEIGHT_ADVANCE, format.bytes(from.run()));
        Arguments.set(arguments, Arguments.Y_OFFSET, 0);
        Arguments.set(arguments, Arguments.Y_ADVANCE, stride);
        Arguments.set(arguments, Arguments.GROUPS, positions);
        Arguments.set(arguments, Arguments.LAST_BLOCKS, headSize / MachineCode.elements(format));
        Arguments.set(arguments, Arguments.TAIL_MASK, 0);
        Arguments.set(arguments, Arguments.WEIGHT_OFFSET, from.keyAt(chunk, column));
        code.unpack(format).run(page, keys, keys, arguments);
        Arguments.set(arguments, Arguments.WEIGHT_OFFSET, from.valueAt(chunk, column));
        code.unpack(format).run(page, values, values, arguments);
        return true;
    }

    /** As {@link AttentionTiles#dots}. */
    void dots(
            int pairs, float[] queries, int queriesAt, int positions, float factor, float[] products, int productsAt,
            Scratch scratch) {
        MemorySegment arguments = X86Multiply.arguments(scratch);
        long query = (long) Float.BYTES * headSize;
        long row = (long) Float.BYTES * CHUNK;
        Arguments.set(arguments, Arguments.X_STRIDE, query);
        Arguments.set(arguments, Arguments.X_LANE_REST, query * TOGETHER);
        Arguments.set(arguments, Arguments.Y_STRIDE, row);
        Arguments.set(arguments, Arguments.Y_ADVANCE, row * TOGETHER);
        Arguments.set(arguments, Arguments.ROW_DISTANCE, stride);
        Arguments.set(arguments, Arguments.WEIGHT_ADVANCE, stride * ROWS);
        Arguments.set(arguments, Arguments.Y_DISTANCE, Float.BYTES * ROWS);
        Arguments.set(arguments, Arguments.LAST_BLOCKS, headSize / X86Layout.LANES);
        Arguments.set(arguments, Arguments.ADD, 0);
        int left = pairs % TOGETHER;
        for (int step = 0; step < 2; step++) {
            int together = step == 0 ? TOGETHER : left;
            int groups = step == 0 ? pairs / TOGETHER : 1;
            if (together == 0 || groups == 0) {
                continue;
            }
            int first = step == 0 ? 0 : pairs - left;
            Arguments.set(arguments, Arguments.GROUPS, groups);
            Arguments.set(arguments, Arguments.X_OFFSET, (long) Float.BYTES * queriesAt + query * first);
            long at = (long) Float.BYTES * productsAt + row * first;
            positions(0, positions / ROWS, ROWS, together, at, queries, products, arguments);
            positions(positions / ROWS * ROWS, 1, positions % ROWS, together, at, queries, products, arguments);
        }
        for (int pair = 0; pair < pairs; pair++) {
            int begin = productsAt + pair * CHUNK;
            for (int j = begin; j < begin + positions; j++) {
                products[j] *= factor;
            }
        }
    }

    private void positions(
            int first, int groups, int rows, int together, long to, float[] queries, float[] products,
            MemorySegment arguments) {
        if (groups > 0 && rows > 0) {
            Arguments.set(arguments, Arguments.WEIGHT_OFFSET, keyAt + stride * first);
            Arguments.set(arguments, Arguments.Y_OFFSET, to + (long) Float.BYTES * first);
            Arguments.set(arguments, Arguments.ROW_GROUPS, groups);
            if (keyArray.length > 0) {
                code.dotTile(rows, together).run(keyArray, queries, products, arguments);
            } else {
                code.dotTile(rows, together).run(keys, queries, products, arguments);
            }
        }
    }

    /** As {@link AttentionTiles#addRows}. */
    void addRows(
            int pairs, float[] factors, int factorsAt, int positions, float[] sums, int sumsAt, Scratch scratch) {
        MemorySegment arguments = X86Multiply.arguments(scratch);
        Arguments.set(arguments, Arguments.WEIGHT_STEP, stride);
        Arguments.set(arguments, Arguments.X_STRIDE, Float.BYTES * CHUNK);
        Arguments.set(arguments, Arguments.X_STEP, Float.BYTES);
        Arguments.set(arguments, Arguments.Y_STRIDE, (long) Float.BYTES * headSize);
        Arguments.set(arguments, Arguments.LAST_BLOCKS, positions);
        Arguments.set(arguments, Arguments.MASKS, -1);
        for (int pair = 0; pair < pairs; pair += TOGETHER) {
            int together = Math.min(TOGETHER, pairs - pair);
            Arguments.set(arguments, Arguments.X_OFFSET, Float.BYTES * (factorsAt + (long) pair * CHUNK));
            for (int column = 0; column < headSize; column += COLUMNS) {
                Arguments.set(arguments, Arguments.WEIGHT_OFFSET, valueAt + (long) Float.BYTES * column);
                long at = Float.BYTES * (sumsAt + (long) pair * headSize + column);
                Arguments.set(arguments, Arguments.Y_OFFSET, at);
                if (valueArray.length > 0) {
                    code.tile(together).run(valueArray, factors, sums, arguments);
                } else {
                    code.tile(together).run(values, factors, sums, arguments);
                }
            }
        }
    }
}
