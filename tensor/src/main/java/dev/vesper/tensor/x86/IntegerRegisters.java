package dev.vesper.tensor.x86;

/**
 * Vector registers of one row of a dot product of integers.
 *
 * @param low the bytes of four blocks, or of their first halves
 * @param high the second halves
 * @param raw the first of {@link #RAWS} that keep what a format reads for more than one four
 * @param scales the scales of a group; what a format leaves there stays until they are complete
 * @param minima the minima of a group
 * @param moment free for a moment
 * @param other free for a moment
 */
record IntegerRegisters(int low, int high, int raw, int scales, int minima, int moment, int other) {
    static final int RAWS = 2;
    /** Registers that no other row has. */
    static final int OF_ROW = RAWS + 3;

    static IntegerRegisters of(int first, int minima, int moment, int other) {
        return new IntegerRegisters(first, first + 1, first + 2, first + 2 + RAWS, minima, moment, other);
    }
}
