package dev.vesper.tensor.x86;

/** Numbers that machine code and its callers share. */
public final class X86Layout {
    /** Floats in a vector of 512 bits. */
    public static final int LANES = 16;
    /** Elements of a dot product that lanes add up before they are summed, as the vector kernels have it. */
    public static final int CHUNK = 2048;

    /** Tokens of a tile. */
    public static final int TILE_TOKENS = 6;
    /** Rows or columns of a tile. */
    public static final int TILE_ROWS = 4 * LANES;

    /** Rows that dot products with many tokens have in L1. */
    public static final int DOT_ROWS = 4;
    /** Bytes from one of these rows to the next: a chunk, and a little so that they do not fight for the same lines. */
    public static final int LINE_BYTES = Float.BYTES * CHUNK + 128;

    private X86Layout() {}

    /**
     * Where a lane lies: the four bits of its number in reverse. The lanes of a sum are added up as a tree, l + 8 first;
     * in this order every lane finds what it is to be added to as the last thing that was put aside.
     */
    public static int slot(int lane) {
        return Integer.reverse(lane) >>> 28;
    }
}
