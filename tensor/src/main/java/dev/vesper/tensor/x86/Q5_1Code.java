package dev.vesper.tensor.x86;

import dev.vesper.tensor.Format;

/**
 * {@link Format#Q5_1}: a scale, a minimum, {@link FifthBits} and the bytes that they belong to. A value is q times
 * scale plus minimum, rounded once.
 */
final class Q5_1Code implements BlockCode {
    private static final int MINIMUM = 2;

    private final FifthBits fifthBits = new FifthBits(4);
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
        fifthBits.prepare(rows);
    }

    @Override
    public void begin(RowCode rows, int row) {
        Assembler assembler = rows.assembler;
        int lower = FifthBits.lower(rows, row);
        int upper = FifthBits.upper(rows, row);
        rows.broadcastHalf(lower, rows.at(row, 0));
        rows.broadcastHalf(RowCode.MOMENT, rows.at(row, MINIMUM));
        assembler.vector(Instructions.VMOVUPS, upper, 0, lower);
        assembler.vector(Instructions.VFMADD213PS, lower, steps, RowCode.MOMENT);
        assembler.vector(Instructions.VFMADD213PS, upper, upperSteps, RowCode.MOMENT);
        fifthBits.begin(rows, row);
    }

    @Override
    public void vector(RowCode rows, int row, int index, int to) {
        fifthBits.vector(rows, row, index, to);
    }
}
