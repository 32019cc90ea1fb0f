package dev.vesper.tensor.x86;

import java.util.Arrays;

/**
 * How activations and weights of one format lie in memory for products of integers; all in bytes. The columns of a weight
 * are cut into blocks of 32 or 16 that share a scale, and perhaps a minimum. Sixteen neighbouring blocks are a group: a
 * vector has one lane for each.
 *
 * <p>For few tokens, a group of activations is four times four blocks: first the upper bytes of all, sixteen of a block
 * next to those of the next one, then, for blocks of 32, those of their other halves; then the lower bytes likewise. Behind
 * these come what is to be added for each block, then their scales, in the {@link #order} in which sums come out.
 *
 * <p>For many tokens, each block is pairs of words, then its scale, then perhaps the sum of its activations; the blocks of a
 * lane are next to each other. A panel has, for each block, pairs of words of 64 rows, then 64 scales, then perhaps 64
 * minima; lanes likewise.
 */
public final class IntegerLayout {
    /** Columns whose products are added up before they join the result. */
    public static final int CHUNK = 4096;
    /** Columns of activations that are rounded together. */
    public static final int ROUNDED = 512;

    /**
     * The greatest activation of 32 becomes this: the largest number that is 256 times a signed byte and another signed
     * byte, and so fits those instructions that multiply bytes.
     */
    static final int GREATEST = 127 * 256 + 127;

    static final int PANEL_PAIR = Float.BYTES * X86Layout.TILE_ROWS;
    private static final int VECTOR_BYTES = 64;
    private static final int QUARTER = 16;
    private static final int QUARTERS = 4;

    private final int block;
    private final boolean minima;
    private final int[] places;

    /**
     * @param block columns of a block: 32 or 16
     * @param minima whether weights are never less than a minimum for each block, which is apart
     * @param places the blocks of a group, four times four, in the order in which the code of the format finds them
     */
    IntegerLayout(int block, boolean minima, int... places) {
        this.block = block;
        this.minima = minima;
        this.places = places.clone();
    }

    /** The code of the format finds the blocks as they lie. */
    static IntegerLayout inOrder(int block, boolean minima) {
        int[] places = new int[X86Layout.LANES];
        Arrays.setAll(places, place -> place);
        return new IntegerLayout(block, minima, places);
    }

    /** Columns that share a scale. */
    public int block() {
        return block;
    }

    boolean minima() {
        return minima;
    }

    /** Columns of sixteen blocks. */
    public int group() {
        return X86Layout.LANES * block;
    }

    // --- few tokens ---

    /** A group of activations. */
    public int bytesGroup() {
        return additions() + 2 * VECTOR_BYTES;
    }

    /** Vectors that four blocks fill with their weights. */
    int parts() {
        return block / QUARTER;
    }

    /** Four blocks of activations. */
    int four() {
        return 2 * parts() * VECTOR_BYTES;
    }

    /** From the upper bytes of four blocks to the lower ones. */
    int toLower() {
        return parts() * VECTOR_BYTES;
    }

    /** Where the upper bytes of sixteen columns of a group are. */
    int upper(int sixteenth) {
        int place = 0;
        while (places[place] != sixteenth / parts()) {
            place++;
        }
        return place / QUARTERS * four() + sixteenth % parts() * VECTOR_BYTES + place % QUARTERS * QUARTER;
    }

    int additions() {
        return 2 * group();
    }

    int bytesScales() {
        return additions() + VECTOR_BYTES;
    }

    /**
     * The block that a lane has until lanes are added up: the sums of the four blocks that are found first are in every fourth
     * lane.
     */
    int[] order() {
        int[] order = new int[X86Layout.LANES];
        Arrays.setAll(order, lane -> places[lane % QUARTERS * QUARTERS + lane / QUARTERS]);
        return order;
    }

    /** The lane in which {@link #order} has a block. */
    int[] lanes() {
        int[] lanes = new int[X86Layout.LANES];
        int[] order = order();
        for (int lane = 0; lane < lanes.length; lane++) {
            lanes[order[lane]] = lane;
        }
        return lanes;
    }

    // --- many tokens ---

    int pairs() {
        return block / 2;
    }

    private int numbers() {
        return minima ? 2 : 1;
    }

    /** Activations of a block. */
    public int wordsBlock() {
        return 2 * block + numbers() * Float.BYTES;
    }

    int wordsScale() {
        return 2 * block;
    }

    int wordsLane() {
        return wordsBlock() * (CHUNK / group());
    }

    /** Activations of a chunk. */
    public int wordsChunk() {
        return X86Layout.LANES * wordsLane();
    }

    /** Of a panel, a block. */
    public int panelBlock() {
        return (pairs() + numbers()) * PANEL_PAIR;
    }

    int panelScales() {
        return pairs() * PANEL_PAIR;
    }

    private int panelLane() {
        return panelBlock() * (CHUNK / group());
    }

    /** A panel. */
    public int panel() {
        return X86Layout.LANES * panelLane();
    }

    /** Where a block of a chunk begins in the panel. */
    public int panel(int number) {
        return X86Layout.slot(number % X86Layout.LANES) * panelLane() + number / X86Layout.LANES * panelBlock();
    }

    /** From the last block of a lane to the first of the next one, if there are so many in each: of panels, activations. */
    public int panelRest(int blocks) {
        return panelLane() - blocks * panelBlock();
    }

    public int wordsRest(int blocks) {
        return wordsLane() - blocks * wordsBlock();
    }
}
