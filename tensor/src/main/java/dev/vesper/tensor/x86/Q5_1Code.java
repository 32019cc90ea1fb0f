package dev.vesper.tensor.x86;

import dev.vesper.tensor.Format;

/**
 * {@link Format#Q5_1}: a scale, a minimum, a word of fifth bits, sixteen bytes with two elements each. The 32 values of a
 * block, q times scale plus minimum, rounded once, are in two registers, out of which they are picked, the second under a
 * mask.
 */
final class Q5_1Code implements BlockCode {
    private static final int PAIRS = 0;
    private static final int LOWER = 1;
    private static final int UPPER = 2;
    private static final int MINIMUM = 2;
    private static final int WORD = 4;

    private int steps;
    private int upperSteps;

    @Override
    public int elements() {
        return Format.Q5_1.blockSize();
    }

    @Override
    public int bytes() {
        return Format.Q5_1.blockBytes();
    }

    @Override
    public void prepare(RowCode rows) {
        steps = rows.keep(NibblePairs.numbers(0));
        upperSteps = rows.keep(NibblePairs.numbers(16));
    }

    @Override
    public void begin(RowCode rows, int row) {
        Assembler assembler = rows.assembler;
        int lower = rows.state(row, LOWER);
        int upper = rows.state(row, UPPER);
        rows.broadcastHalf(lower, rows.at(row, 0));
        rows.broadcastHalf(RowCode.MOMENT, rows.at(row, MINIMUM));
        assembler.vector(Instructions.VMOVUPS, upper, 0, lower);
        assembler.vector(Instructions.VFMADD213PS, lower, steps, RowCode.MOMENT);
        assembler.vector(Instructions.VFMADD213PS, upper, upperSteps, RowCode.MOMENT);
        FifthBits.load(rows, row, WORD, rows.state(row, PAIRS));
    }

    @Override
    public void vector(RowCode rows, int row, int index, int to) {
        FifthBits.pick(
                rows, row, index, WORD, to, rows.state(row, PAIRS), rows.state(row, LOWER), rows.state(row, UPPER));
    }
}
