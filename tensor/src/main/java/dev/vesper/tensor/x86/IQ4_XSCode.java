package dev.vesper.tensor.x86;

import dev.vesper.tensor.Format;

/**
 * {@link Format#IQ4_XS}: eight runs of 32 with a scale of six bits each, an upper pair of bits and a lower nibble. The
 * sixteen values of a run are in one register, out of which they are picked.
 */
final class IQ4_XSCode implements BlockCode {
    private static final int PAIRS = 0;
    private static final int VALUES = 1;
    private static final int SCALES = 4;
    private static final int QUANTA = 8;
    private static final int MIDDLE = 32;
    static final int[] LOWER_SHIFTS = {0, 4, 8, 12, 16, 20, 24, 28, 0, 4, 8, 12, 16, 20, 24, 28};
    /** The upper bits lie behind d and end up above four others. */
    static final int[] UPPER_SHIFTS = {12, 14, 16, 18, 20, 22, 24, 26, 12, 14, 16, 18, 20, 22, 24, 26};
    /** {@code a & b | c}. */
    private static final int AND_OR = 0xEA;

    private int table;
    private int nibble;
    private int pair;
    private int middle;

    @Override
    public int elements() {
        return Format.IQ4_XS.blockSize();
    }

    @Override
    public int bytes() {
        return Format.IQ4_XS.blockBytes();
    }

    @Override
    public void prepare(RowCode rows) {
        table = NibblePairs.keepUneven(rows);
        nibble = rows.keep(0x0F);
        pair = rows.keep(0x30);
        middle = rows.keep(MIDDLE);
    }

    @Override
    public void begin(RowCode rows, int row) {
        Assembler assembler = rows.assembler;
        int d = RowCode.WEIGHTS;
        int lower = RowCode.MOMENT;
        int upper = RowCode.OTHER_MOMENT;
        rows.broadcastHalf(d, rows.at(row, 0));
        assembler.vector(Instructions.VPBROADCASTD, lower, 0, rows.at(row, SCALES));
        assembler.vector(Instructions.VPSRLVD, lower, lower, rows.constant(LOWER_SHIFTS));
        assembler.vector(Instructions.VPANDD, lower, lower, nibble);
        assembler.vector(Instructions.VPBROADCASTD, upper, 0, rows.at(row, 0));
        assembler.vector(Instructions.VPSRLVD, upper, upper, rows.constant(UPPER_SHIFTS));
        assembler.immediate(Instructions.VPTERNLOGD, upper, pair, lower, AND_OR);
        assembler.vector(Instructions.VPSUBD, upper, upper, middle);
        assembler.vector(Instructions.VCVTDQ2PS, upper, 0, upper);
        assembler.vector(Instructions.VMULPS, upper, upper, d);
        assembler.vector(Instructions.VMOVUPS_STORE, upper, 0, rows.room(row, 0));
    }

    @Override
    public void vector(RowCode rows, int row, int index, int to) {
        int pairs = rows.state(row, PAIRS);
        int values = rows.state(row, VALUES);
        int run = index / 2;
        if (index % 2 == 0) {
            rows.assembler.broadcast(Instructions.VMULPS, values, table, rows.room(row, Float.BYTES * run));
            NibblePairs.load(rows, pairs, rows.at(row, QUANTA + 16 * run));
        }
        NibblePairs.pick(rows, index % 2, to, pairs, values);
    }
}
