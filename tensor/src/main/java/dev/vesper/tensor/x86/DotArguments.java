package dev.vesper.tensor.x86;

/** Where the arguments of {@link DotCode} lie, as longs; distances in bytes. */
final class DotArguments {
    static final int WEIGHT_OFFSET = 0;
    static final int X_OFFSET = 8;
    static final int Y_OFFSET = 16;
    /** How often to do so many rows. */
    static final int GROUPS = 24;
    /** From one row in flight to the next. */
    static final int ROW_DISTANCE = 32;
    static final int Y_DISTANCE = 40;
    /** From one group of rows to the next. */
    static final int WEIGHT_ADVANCE = 48;
    static final int Y_ADVANCE = 56;
    /** From one token to the next. */
    static final int X_STRIDE = 64;
    static final int Y_STRIDE = 72;
    static final int CHUNKS = 80;
    static final int FULL_CHUNKS = 88;
    /** Blocks of the chunk after the full ones. */
    static final int LAST_BLOCKS = 96;
    /** Bits for the elements after the last whole vector. */
    static final int TAIL_MASK = 104;
    static final int SIZE = 112;

    private DotArguments() {}
}
