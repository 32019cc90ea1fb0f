package dev.vesper.tensor.x86;

/** How activations and weights lie in memory for products of integers; bytes. */
public final class IntegerLayout {
    /** Columns whose products are added up before they join the result. */
    public static final int CHUNK = 4096;
    /** Columns of a block, and blocks that a vector has one lane each for. */
    public static final int BLOCK = 32;
    public static final int GROUP = BLOCK * X86Layout.LANES;

    /**
     * The greatest activation of a block becomes this: the largest number that is 256 times a signed byte and another signed
     * byte, and so fits those instructions that multiply bytes.
     */
    static final int GREATEST = 127 * 256 + 127;

    /** For few tokens: of 16 blocks the upper and lower bytes, then what to add to their sums, then their scales. */
    public static final int BYTES_GROUP = 2 * GROUP + 2 * 64;
    static final int QUAD = 256;
    static final int CORRECTIONS = 2 * GROUP;
    static final int BYTES_SCALES = CORRECTIONS + 64;

    /** For many tokens: of each block sixteen pairs of words, then its scale. */
    static final int WORDS_BLOCK = 2 * BLOCK + Float.BYTES;
    public static final int WORDS_GROUP = WORDS_BLOCK * X86Layout.LANES;

    /** Of a panel: of each block sixteen times a pair of words of 64 rows, then 64 scales. */
    public static final int PANEL_BLOCK = 17 * Float.BYTES * X86Layout.TILE_ROWS;
    static final int PANEL_PAIR = Float.BYTES * X86Layout.TILE_ROWS;
    static final int PANEL_SCALES = 16 * PANEL_PAIR;

    private IntegerLayout() {}
}
