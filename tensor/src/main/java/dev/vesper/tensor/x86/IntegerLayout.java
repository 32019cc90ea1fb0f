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

    /** For many tokens: of each block sixteen pairs of words, then its scale; the blocks of a lane next to each other. */
    public static final int WORDS_BLOCK = 2 * BLOCK + Float.BYTES;
    static final int WORDS_LANE = WORDS_BLOCK * CHUNK / GROUP;
    public static final int WORDS_CHUNK = WORDS_LANE * X86Layout.LANES;

    /** Of a panel: of each block sixteen times a pair of words of 64 rows, then 64 scales; lanes as above. */
    static final int PANEL_PAIR = Float.BYTES * X86Layout.TILE_ROWS;
    static final int PANEL_SCALES = 16 * PANEL_PAIR;
    public static final int PANEL_BLOCK = 17 * PANEL_PAIR;
    private static final int PANEL_LANE = PANEL_BLOCK * CHUNK / GROUP;
    public static final int PANEL = PANEL_LANE * X86Layout.LANES;

    private IntegerLayout() {}

    /** Where a block of a chunk begins in the panel. */
    public static int panel(int block) {
        return X86Layout.slot(block % X86Layout.LANES) * PANEL_LANE + block / X86Layout.LANES * PANEL_BLOCK;
    }

    /** From the last block of a lane to the first of the next one, if there are so many in each: of panels, activations. */
    public static int panelRest(int blocks) {
        return PANEL_LANE - blocks * PANEL_BLOCK;
    }

    public static int wordsRest(int blocks) {
        return WORDS_LANE - blocks * WORDS_BLOCK;
    }
}
