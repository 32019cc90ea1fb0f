package dev.vesper.tensor.x86;

import dev.vesper.tensor.Format;

/** {@link Format#Q5_0}: a scale, {@link FifthBits} and the bytes that they belong to. */
final class Q5_0Code implements BlockCode {
    private static final int MIDDLE = 16;

    private final FifthBits fifthBits = new FifthBits(2);
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
        fifthBits.prepare(rows);
    }

    @Override
    public void begin(RowCode rows, int row) {
        int lower = FifthBits.lower(rows, row);
        rows.broadcastHalf(lower, rows.at(row, 0));
        rows.assembler.vector(Instructions.VMULPS, FifthBits.upper(rows, row), upperSteps, lower);
        rows.assembler.vector(Instructions.VMULPS, lower, steps, lower);
        fifthBits.begin(rows, row);
    }

    @Override
    public void vector(RowCode rows, int row, int index, int to) {
        fifthBits.vector(rows, row, index, to);
    }
}
