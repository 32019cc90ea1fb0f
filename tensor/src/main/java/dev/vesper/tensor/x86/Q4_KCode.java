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
    private final RunPairs pairs = new RunPairs(true);
    private int steps;
    private int upperHalf;

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
        upperHalf = rows.keep(0xF0);
        pairs.prepare(rows);
    }

    @Override
    public void begin(RowCode rows, int row) {
        pairs.emit(rows, row, rows.state(row, FIRST));
    }

    /**
     * Four vectors of a group of 64: the lower halves of 32 bytes, then the upper. Lower halves are looked up, upper ones
     * converted: that shares out the work among the parts of the processor that do it.
     */
    @Override
    public void vector(RowCode rows, int row, int index, int to) {
        Assembler assembler = rows.assembler;
        Address scale = rows.room(row, index / 2 * Float.BYTES);
        Address minimum = scale.plus(RunPairs.TO_MINIMUM);
        int first = rows.state(row, FIRST);
        int second = rows.state(row, SECOND);
        int values = rows.state(row, VALUES);
        int quanta = QUANTA + GROUP_BYTES * (index / 4);
        switch (index % 4) {
            case 0 -> {
                assembler.vector(Instructions.VBROADCASTSS, values, 0, scale);
                assembler.broadcast(Instructions.VFMSUB213PS, values, steps, minimum);
                assembler.vector(Instructions.VPMOVZXBD, first, 0, rows.at(row, quanta));
                assembler.vector(Instructions.VPERMPS, to, first, values);
            }
            case 1 -> {
                assembler.vector(Instructions.VPMOVZXBD, second, 0, rows.at(row, quanta + 16));
                assembler.vector(Instructions.VPERMPS, to, second, values);
            }
            case 2 -> {
                assembler.vector(Instructions.VPANDD, to, first, upperHalf);
                assembler.vector(Instructions.VBROADCASTSS, values, 0, scale);
                assembler.vector(Instructions.VBROADCASTSS, first, 0, minimum);
                convert(assembler, to, values, first);
            }
            default -> {
                assembler.vector(Instructions.VPANDD, to, second, upperHalf);
                convert(assembler, to, values, first);
            }
        }
    }

    private static void convert(Assembler assembler, int to, int scale, int minimum) {
        assembler.vector(Instructions.VCVTDQ2PS, to, 0, to);
        assembler.vector(Instructions.VFMSUB213PS, to, scale, minimum);
    }
}
