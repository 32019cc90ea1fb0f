package dev.vesper.tensor.x86;

import dev.vesper.tensor.Format;

/**
 * {@link Format#Q5_0}: a scale, a word of fifth bits, sixteen bytes with two elements each. The 32 values of a block are in
 * two registers, out of which they are picked, the second under a mask.
 */
final class Q5_0Code implements BlockCode {
    private static final int PAIRS = 0;
    private static final int LOWER = 1;
    private static final int UPPER = 2;
    private static final int WORD = 2;
    private static final int MIDDLE = 16;

    private int steps;
    private int upperSteps;

    @Override
    public int elements() {
        return Format.Q5_0.blockSize();
    }

    @Override
    public int bytes() {
        return Format.Q5_0.blockBytes();
    }

    @Override
    public void prepare(RowCode rows) {
        steps = rows.keep(NibblePairs.numbers(-MIDDLE));
        upperSteps = rows.keep(NibblePairs.numbers(16 - MIDDLE));
    }

    @Override
    public void begin(RowCode rows, int row) {
        int lower = rows.state(row, LOWER);
        rows.broadcastHalf(lower, rows.at(row, 0));
        rows.assembler.vector(Instructions.VMULPS, rows.state(row, UPPER), upperSteps, lower);
        rows.assembler.vector(Instructions.VMULPS, lower, steps, lower);
        FifthBits.load(rows, row, WORD, rows.state(row, PAIRS));
    }

    @Override
    public void vector(RowCode rows, int row, int index, int to) {
        FifthBits.pick(
                rows, row, index, WORD, to, rows.state(row, PAIRS), rows.state(row, LOWER), rows.state(row, UPPER));
    }
}
