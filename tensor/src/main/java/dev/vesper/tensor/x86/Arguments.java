package dev.vesper.tensor.x86;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Where the arguments of routines lie, as longs; distances in bytes. Not every routine looks at every one. */
public final class Arguments {
    public static final int WEIGHT_OFFSET = 0;
    public static final int X_OFFSET = 8;
    public static final int Y_OFFSET = 16;
    /** How often to do so many rows. */
    public static final int GROUPS = 24;
    /** From one row in flight to the next. */
    public static final int ROW_DISTANCE = 32;
    public static final int Y_DISTANCE = 40;
    /** From one group of rows to the next. */
    public static final int WEIGHT_ADVANCE = 48;
    public static final int Y_ADVANCE = 56;
    /** From one token to the next. */
    public static final int X_STRIDE = 64;
    public static final int Y_STRIDE = 72;
    public static final int CHUNKS = 80;
    public static final int FULL_CHUNKS = 88;
    /** Blocks of the chunk after the full ones. */
    public static final int LAST_BLOCKS = 96;
    /** Bits for the elements after the last whole vector. */
    public static final int TAIL_MASK = 104;
    /** Of a tile: from one lane to the next, in excess of what was read. */
    public static final int WEIGHT_LANE_REST = 112;
    public static final int X_LANE_REST = 120;
    /** Of a tile: from one element of the sum to the next. */
    public static final int WEIGHT_STEP = 128;
    public static final int X_STEP = 136;
    /** Of a tile: whether to add to what is there. */
    public static final int ADD = 144;
    /** Of a tile: sixteen bits for each of four vectors. */
    public static final int MASKS = 152;
    /** Of dot products of unpacked rows: how many groups of them. */
    public static final int ROW_GROUPS = 160;
    public static final int SIZE = 168;

    private Arguments() {}

    public static void set(MemorySegment arguments, int place, long value) {
        arguments.set(ValueLayout.JAVA_LONG, place, value);
    }
}
