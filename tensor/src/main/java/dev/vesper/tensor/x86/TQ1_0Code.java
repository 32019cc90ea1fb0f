package dev.vesper.tensor.x86;

import dev.vesper.tensor.Format;

/**
 * {@link Format#TQ1_0}: 48 bytes with five elements each, four with four each, a scale. A byte is a fraction in the
 * upper half of 16 bits: times three, what overflows is a digit, and what is left is the next fraction.
 */
final class TQ1_0Code implements BlockCode {
    private static final int FIRST = 0;
    private static final int SECOND = 1;
    private static final int VALUES = 2;
    private static final int LANES = 16;
    private static final int D = 52;
    private static final int LAST = 48;
    /** The first vector of the third sixteen bytes, and that of the last four. */
    private static final int THIRD_FROM = 10;
    private static final int LAST_FROM = 15;
    /** Puts byte i % 4 of a word to its top. */
    private static final int[] BYTE_SHIFTS = {24, 16, 8, 0, 24, 16, 8, 0, 24, 16, 8, 0, 24, 16, 8, 0};
    private static final int[] POWERS = {1, 1, 1, 1, 3, 3, 3, 3, 9, 9, 9, 9, 27, 27, 27, 27};

    private int steps;
    private int three;

    @Override
    public int elements() {
        return Format.TQ1_0.blockSize();
    }

    @Override
    public int bytes() {
        return Format.TQ1_0.blockBytes();
    }

    @Override
    public void prepare(RowCode rows) {
        steps = rows.keep(-1, 0, 1, 2, -1, 0, 1, 2, -1, 0, 1, 2, -1, 0, 1, 2);
        three = rows.keep(3);
    }

    @Override
    public void begin(RowCode rows, int row) {
        int values = rows.state(row, VALUES);
        rows.broadcastHalf(values, rows.at(row, D));
        rows.assembler.vector(Instructions.VMULPS, values, steps, values);
    }

    @Override
    public void vector(RowCode rows, int row, int index, int to) {
        Assembler assembler = rows.assembler;
        int fractions = rows.state(row, index < THIRD_FROM && index % 2 == 1 ? SECOND : FIRST);
        if (index == LAST_FROM) {
            assembler.vector(Instructions.VPBROADCASTD, fractions, 0, rows.at(row, LAST));
            assembler.vector(Instructions.VPSLLVD, fractions, fractions, rows.constant(BYTE_SHIFTS));
            assembler.shift(Instructions.SHIFT_INTS, Instructions.RIGHT, 512, fractions, fractions, 24);
            assembler.shift(Instructions.SHIFT_INTS, Instructions.LEFT, 512, fractions, fractions, 8);
            assembler.vector(Instructions.VPMULLW, fractions, fractions, rows.constant(POWERS));
        } else if (index < 2 || index == THIRD_FROM) {
            int from = index == THIRD_FROM ? 2 : index;
            assembler.vector(Instructions.VPMOVZXBD, fractions, 0, rows.at(row, LANES * from));
            assembler.shift(Instructions.SHIFT_INTS, Instructions.LEFT, 512, fractions, fractions, 8);
        } else {
            assembler.vector(Instructions.VPMULLW, fractions, fractions, three);
        }
        assembler.vector(Instructions.VPMULHUW, to, fractions, three);
        assembler.vector(Instructions.VPERMILPS, to, rows.state(row, VALUES), to);
    }
}
