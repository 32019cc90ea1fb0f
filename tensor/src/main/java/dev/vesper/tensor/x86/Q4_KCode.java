package dev.vesper.tensor.x86;

import dev.vesper.tensor.Format;

/**
 * {@link Format#Q4_K}: eight runs of 32 with a scale and a minimum each. The sixteen values of a run, q times scale less
 * minimum, rounded once, are in one register, out of which they are picked.
 */
final class Q4_KCode implements BlockCode {
    private static final int FIRST = 0;
    private static final int SECOND = 1;
    private static final int VALUES = 2;
    private static final int QUANTA = 16;
    private static final int GROUP_BYTES = 32;
    private int steps;

    @Override
    public int elements() {
        return Format.Q4_K.blockSize();
    }

    @Override
    public int bytes() {
        return Format.Q4_K.blockBytes();
    }

    @Override
    public void prepare(RowCode rows) {
        float[] values = new float[16];
        for (int q = 0; q < values.length; q++) {
            values[q] = q;
        }
        steps = rows.keep(values);
    }

    @Override
    public void begin(RowCode rows, int row) {
        RunPairs.emit(rows, row, rows.state(row, FIRST));
    }

    @Override
    public void vector(RowCode rows, int row, int index, int to) {
        Assembler assembler = rows.assembler;
        int group = index / 4;
        int values = rows.state(row, VALUES);
        if (index % 2 == 0) {
            int run = index / 2 * Float.BYTES;
            assembler.vector(Instructions.VBROADCASTSS, values, 0, rows.room(row, run));
            assembler.broadcast(
                    Instructions.VFMSUB213PS, values, steps, rows.room(row, run + RunPairs.TO_MINIMUM));
        }
        int pairs = rows.state(row, index % 2 == 0 ? FIRST : SECOND);
        if (index % 4 < 2) {
            assembler.vector(
                    Instructions.VPMOVZXBD, pairs, 0, rows.at(row, QUANTA + GROUP_BYTES * group + 16 * (index % 2)));
            assembler.vector(Instructions.VPERMPS, to, pairs, values);
        } else {
            assembler.shift(Instructions.SHIFT_INTS, Instructions.RIGHT, 512, to, pairs, 4);
            assembler.vector(Instructions.VPERMPS, to, to, values);
        }
    }
}
