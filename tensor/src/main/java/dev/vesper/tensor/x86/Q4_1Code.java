package dev.vesper.tensor.x86;

import dev.vesper.tensor.Format;

/**
 * {@link Format#Q4_1}: a scale, a minimum, sixteen bytes with two elements each. The sixteen values of a block, q
 * times scale plus minimum, rounded once, are in one register, out of which they are picked.
 */
final class Q4_1Code implements BlockCode {
    private static final int PAIRS = 0;
    private static final int VALUES = 1;
    private static final int MINIMUM = 2;
    private static final int QUANTA = 4;

    private int steps;

    @Override
    public int elements() {
        return Format.Q4_1.blockSize();
    }

    @Override
    public int bytes() {
        return Format.Q4_1.blockBytes();
    }

    @Override
    public void prepare(RowCode rows) {
        steps = rows.keep(NibblePairs.numbers(0));
    }

    @Override
    public void begin(RowCode rows, int row) {
        int values = rows.state(row, VALUES);
        rows.broadcastHalf(values, rows.at(row, 0));
        rows.broadcastHalf(RowCode.MOMENT, rows.at(row, MINIMUM));
        rows.assembler.vector(Instructions.VFMADD213PS, values, steps, RowCode.MOMENT);
        NibblePairs.load(rows, rows.state(row, PAIRS), rows.at(row, QUANTA));
    }

    @Override
    public void vector(RowCode rows, int row, int index, int to) {
        NibblePairs.pick(rows, index, to, rows.state(row, PAIRS), rows.state(row, VALUES));
    }
}
