package dev.vesper.tensor.x86;

import dev.vesper.tensor.Format;

/**
 * {@link Format#MXFP4}: an exponent, sixteen bytes with two elements each. The sixteen values of a block are in one
 * register, out of which they are picked.
 */
final class MXFP4Code implements BlockCode {
    private static final int PAIRS = 0;
    private static final int VALUES = 1;
    private static final int QUANTA = 1;
    /** What the exponent of the scale is less. */
    private static final int BIAS = 128;
    /** At a scale of one. */
    private static final float[] VALUES_OF_ONE = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

    private int table;
    private int bias;

    @Override
    public int elements() {
        return Format.MXFP4.blockSize();
    }

    @Override
    public int bytes() {
        return Format.MXFP4.blockBytes();
    }

    @Override
    public void prepare(RowCode rows) {
        table = rows.keep(VALUES_OF_ONE);
        bias = rows.keep(Float.floatToRawIntBits(BIAS));
    }

    /** Scaled by the instruction for it, because the least scales are subnormal numbers, whose bits are no exponent. */
    @Override
    public void begin(RowCode rows, int row) {
        Assembler assembler = rows.assembler;
        int values = rows.state(row, VALUES);
        assembler.vector(Instructions.VPBROADCASTB, values, 0, rows.at(row, 0));
        assembler.shift(Instructions.SHIFT_INTS, Instructions.RIGHT, 512, values, values, 24);
        assembler.vector(Instructions.VCVTDQ2PS, values, 0, values);
        assembler.vector(Instructions.VSUBPS, values, values, bias);
        assembler.vector(Instructions.VSCALEFPS, values, table, values);
        NibblePairs.load(rows, rows.state(row, PAIRS), rows.at(row, QUANTA));
    }

    @Override
    public void vector(RowCode rows, int row, int index, int to) {
        NibblePairs.pick(rows, index, to, rows.state(row, PAIRS), rows.state(row, VALUES));
    }
}
