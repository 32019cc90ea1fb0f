package dev.vesper.tensor.x86;

/**
 * A block of 32 elements in sixteen {@link NibblePairs} whose fifth bits lie in a word of their own, before them, that of
 * element i at bit i. The 32 values of the block are in two registers, out of which they are picked, the second under a
 * mask.
 */
final class FifthBits {
    private static final int PAIRS = 0;
    private static final int LOWER = 1;
    private static final int UPPER = 2;
    private static final int WORD_BYTES = 4;
    private static final int LANES = 16;
    /** Register 1 is the caller's. */
    private static final int MASK = 2;

    /** Where the word is in the block. */
    private final int word;

    private int firstBits;
    private int secondBits;

    FifthBits(int word) {
        this.word = word;
    }

    void prepare(RowCode rows) {
        firstBits = rows.keepBits(bits(0));
        secondBits = rows.keepBits(bits(LANES));
    }

    private static int[] bits(int first) {
        int[] bits = new int[LANES];
        for (int i = 0; i < LANES; i++) {
            bits[i] = 1 << first + i;
        }
        return bits;
    }

    /** Register for the values whose fifth bit is 0. */
    static int lower(RowCode rows, int row) {
        return rows.state(row, LOWER);
    }

    /** Register for the values whose fifth bit is 1. */
    static int upper(RowCode rows, int row) {
        return rows.state(row, UPPER);
    }

    void begin(RowCode rows, int row) {
        NibblePairs.load(rows, rows.state(row, PAIRS), rows.at(row, word + WORD_BYTES));
    }

    void vector(RowCode rows, int row, int half, int to) {
        Assembler assembler = rows.assembler;
        int indices = rows.state(row, PAIRS);
        assembler.broadcast(Instructions.VPTESTMD, MASK, half == 0 ? firstBits : secondBits, rows.at(row, word));
        if (half > 0) {
            assembler.shift(Instructions.SHIFT_INTS, Instructions.RIGHT, 512, RowCode.MOMENT, indices, 4);
            indices = RowCode.MOMENT;
        }
        assembler.vector(Instructions.VPERMPS, to, indices, lower(rows, row));
        assembler.merge(Instructions.VPERMPS, 512, MASK, to, indices, upper(rows, row));
    }
}
