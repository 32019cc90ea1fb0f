package dev.vesper.tensor.x86;

import dev.vesper.tensor.Format;

/**
 * {@link Format#IQ4_NL}: a scale, sixteen bytes with two elements each. The sixteen values of a block are in one
 * register, out of which they are picked.
 */
final class IQ4_NLCode implements BlockCode {
    private static final int PAIRS = 0;
    private static final int VALUES = 1;
    private static final int QUANTA = 2;

    private int table;

    @Override
    public int elements() {
        return Format.IQ4_NL.blockSize();
    }

    @Override
    public int bytes() {
        return Format.IQ4_NL.blockBytes();
    }

    @Override
    public void prepare(RowCode rows) {
        table = NibblePairs.keepUneven(rows);
    }

    @Override
    public void begin(RowCode rows, int row) {
        int values = rows.state(row, VALUES);
        rows.broadcastHalf(values, rows.at(row, 0));
        rows.assembler.vector(Instructions.VMULPS, values, table, values);
        NibblePairs.load(rows, rows.state(row, PAIRS), rows.at(row, QUANTA));
    }

    @Override
    public void vector(RowCode rows, int row, int index, int to) {
        NibblePairs.pick(rows, index, to, rows.state(row, PAIRS), rows.state(row, VALUES));
    }
}
