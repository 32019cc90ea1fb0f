package dev.vesper.tensor.x86;

import dev.vesper.tensor.Format;

/**
 * {@link Format#Q2_K}: sixteen runs of 16 with a scale and a minimum in a nibble each. The four values of a run, q
 * times scale less minimum, rounded once, are in each quarter of a register, out of which they are picked.
 */
final class Q2_KCode implements BlockCode {
    private static final int FIRST = 0;
    private static final int SECOND = 1;
    private static final int VALUES = 2;
    private static final int QUANTA = 16;
    private static final int HALF_BYTES = 32;
    private static final int D = 80;
    private static final int D_MIN = 82;
    /** From a scale to its minimum in the memory of the row. */
    private static final int TO_MINIMUM = 64;

    private int steps;
    private int nibble;

    @Override
    public int elements() {
        return Format.Q2_K.blockSize();
    }

    @Override
    public int bytes() {
        return Format.Q2_K.blockBytes();
    }

    @Override
    public void prepare(RowCode rows) {
        steps = rows.keep(0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3);
        nibble = rows.keep(0x0F);
    }

    @Override
    public void begin(RowCode rows, int row) {
        Assembler assembler = rows.assembler;
        int scales = RowCode.MOMENT;
        int minima = RowCode.OTHER_MOMENT;
        assembler.vector(Instructions.VPMOVZXBD, scales, 0, rows.at(row, 0));
        assembler.shift(Instructions.SHIFT_INTS, Instructions.RIGHT, 512, minima, scales, 4);
        assembler.vector(Instructions.VPANDD, scales, scales, nibble);
        times(rows, scales, rows.at(row, D), rows.room(row, 0));
        times(rows, minima, rows.at(row, D_MIN), rows.room(row, TO_MINIMUM));
    }

    private static void times(RowCode rows, int numbers, Address half, Address to) {
        rows.broadcastHalf(RowCode.WEIGHTS, half);
        rows.assembler.vector(Instructions.VCVTDQ2PS, numbers, 0, numbers);
        rows.assembler.vector(Instructions.VMULPS, numbers, numbers, RowCode.WEIGHTS);
        rows.assembler.vector(Instructions.VMOVUPS_STORE, numbers, 0, to);
    }

    @Override
    public void vector(RowCode rows, int row, int index, int to) {
        Assembler assembler = rows.assembler;
        int fours = rows.state(row, index % 2 == 0 ? FIRST : SECOND);
        int values = rows.state(row, VALUES);
        int bits = index % 8 / 2 * 2;
        if (bits == 0) {
            assembler.vector(
                    Instructions.VPMOVZXBD, fours, 0,
                    rows.at(row, QUANTA + HALF_BYTES * (index / 8) + 16 * (index % 2)));
        } else {
            assembler.shift(Instructions.SHIFT_INTS, Instructions.RIGHT, 512, to, fours, bits);
        }
        assembler.vector(Instructions.VBROADCASTSS, values, 0, rows.room(row, Float.BYTES * index));
        assembler.broadcast(
                Instructions.VFMSUB213PS, values, steps, rows.room(row, TO_MINIMUM + Float.BYTES * index));
        assembler.vector(Instructions.VPERMILPS, to, values, bits == 0 ? fours : to);
    }
}
