package dev.vesper.tensor.x86;

import dev.vesper.tensor.Format;

/**
 * {@link Format#TQ2_0}: 64 bytes with four elements each, a scale. The four values of a block are in each quarter of a
 * register, out of which they are picked.
 */
final class TQ2_0Code implements BlockCode {
    private static final int FIRST = 0;
    private static final int SECOND = 1;
    private static final int VALUES = 2;
    private static final int HALF_BYTES = 32;
    private static final int D = 64;

    private int steps;

    @Override
    public int elements() {
        return Format.TQ2_0.blockSize();
    }

    @Override
    public int bytes() {
        return Format.TQ2_0.blockBytes();
    }

    @Override
    public void prepare(RowCode rows) {
        steps = rows.keep(-1, 0, 1, 2, -1, 0, 1, 2, -1, 0, 1, 2, -1, 0, 1, 2);
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
        int fours = rows.state(row, index % 2 == 0 ? FIRST : SECOND);
        int values = rows.state(row, VALUES);
        int bits = index % 8 / 2 * 2;
        if (bits == 0) {
            assembler.vector(
                    Instructions.VPMOVZXBD, fours, 0, rows.at(row, HALF_BYTES * (index / 8) + 16 * (index % 2)));
            assembler.vector(Instructions.VPERMILPS, to, values, fours);
        } else {
            assembler.shift(Instructions.SHIFT_INTS, Instructions.RIGHT, 512, to, fours, bits);
            assembler.vector(Instructions.VPERMILPS, to, values, to);
        }
    }
}
