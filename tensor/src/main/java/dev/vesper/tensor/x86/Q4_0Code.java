package dev.vesper.tensor.x86;

import dev.vesper.tensor.Format;

/**
 * {@link Format#Q4_0}: a scale, 16 bytes of which the lower halves come first. The sixteen values that a block can have are
 * in one register, out of which they are picked; picking looks at the lower four bits of an index.
 */
final class Q4_0Code implements BlockCode {
    private static final int PAIRS = 0;
    private static final int VALUES = 1;
    private static final int QUANTA = 2;
    private static final int ZERO = 8;
    private int steps;

    @Override
    public int elements() {
        return Format.Q4_0.blockSize();
    }

    @Override
    public int bytes() {
        return Format.Q4_0.blockBytes();
    }

    @Override
    public void prepare(RowCode rows) {
        float[] values = new float[16];
        for (int q = 0; q < values.length; q++) {
            values[q] = q - ZERO;
        }
        steps = rows.keep(values);
    }

    @Override
    public void begin(RowCode rows, int row) {
        rows.broadcastHalf(rows.state(row, VALUES), rows.at(row, 0));
        rows.assembler.vector(Instructions.VMULPS, rows.state(row, VALUES), steps, rows.state(row, VALUES));
        rows.assembler.vector(Instructions.VPMOVZXBD, rows.state(row, PAIRS), 0, rows.at(row, QUANTA));
    }

    @Override
    public void vector(RowCode rows, int row, int index, int to) {
        int pairs = rows.state(row, PAIRS);
        if (index == 0) {
            rows.assembler.vector(Instructions.VPERMPS, to, pairs, rows.state(row, VALUES));
        } else {
            rows.assembler.shift(Instructions.SHIFT_INTS, Instructions.RIGHT, 512, to, pairs, 4);
            rows.assembler.vector(Instructions.VPERMPS, to, to, rows.state(row, VALUES));
        }
    }
}
