package dev.vesper.tensor.x86;

/** {@link NibblePairs} whose fifth bits lie in a word of their own, that of element i at bit i. */
final class FifthBits {
    private static final int WORD_HALF = 2;
    private static final int NIBBLES = 4;
    /** Register 1 is the caller's. */
    private static final int MASK = 2;

    private FifthBits() {}

    /**
     * Puts the first (0) or second (1) half of a block into {@code to}.
     *
     * @param offset of the word, which the nibbles, loaded to {@code pairs}, lie behind
     * @param lower the values whose fifth bit is 0
     * @param upper those whose fifth bit is 1
     */
    static void pick(RowCode rows, int row, int half, int offset, int to, int pairs, int lower, int upper) {
        Assembler assembler = rows.assembler;
        int indices = pairs;
        assembler.loadMask(MASK, rows.at(row, offset + WORD_HALF * half));
        if (half > 0) {
            indices = RowCode.MOMENT;
            assembler.shift(Instructions.SHIFT_INTS, Instructions.RIGHT, 512, indices, pairs, 4);
        }
        assembler.vector(Instructions.VPERMPS, to, indices, lower);
        assembler.merge(Instructions.VPERMPS, MASK, to, indices, upper);
    }

    /** Loads the nibbles behind the word. */
    static void load(RowCode rows, int row, int offset, int pairs) {
        NibblePairs.load(rows, pairs, rows.at(row, offset + NIBBLES));
    }
}
