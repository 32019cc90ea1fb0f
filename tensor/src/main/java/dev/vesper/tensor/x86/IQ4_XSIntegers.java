package dev.vesper.tensor.x86;

import dev.vesper.tensor.Format;

/**
 * {@link Format#IQ4_XS}: eight blocks of 32 with a scale of six bits each, an upper pair of bits and a lower nibble, and 16
 * bytes each of numbers that are looked up. A group is two such blocks of eight.
 */
final class IQ4_XSIntegers implements IntegerBlocks {
    private static final IntegerLayout LAYOUT = IntegerLayout.inOrder(32, false);
    private static final int BYTES = Format.IQ4_XS.blockBytes();
    private static final int SCALES = 4;
    private static final int QUANTA = 8;
    private static final int BLOCK_BYTES = 16;
    private static final int VECTOR_BYTES = 64;
    private static final int MIDDLE = 32;
    /** A mask register: the lanes of the second block of eight. */
    private static final int SECOND = 1;
    /** Of panels. */
    private static final int TABLE = 31;
    private static final int MOMENTS = 16;

    private int table;
    private int nibbles;

    @Override
    public Format format() {
        return Format.IQ4_XS;
    }

    @Override
    public IntegerLayout layout() {
        return LAYOUT;
    }

    @Override
    public int zeroPoint() {
        return UnevenSteps.ZERO_POINT;
    }

    @Override
    public boolean distantPairs() {
        return true;
    }

    @Override
    public void prepare(IntegerDotCode code) {
        table = code.keep(UnevenSteps.bytes());
        nibbles = code.keepAll(0x0F0F0F0F);
        int second = 0;
        int[] order = LAYOUT.order();
        for (int lane = 0; lane < order.length; lane++) {
            second |= order[lane] / 8 << lane;
        }
        code.mask(SECOND, second);
    }

    @Override
    public void four(IntegerDotCode code, IntegerRegisters row, Address at, int four) {
        Assembler assembler = code.assembler;
        int low = row.low();
        int high = row.high();
        assembler.vector(Instructions.VMOVUPS, high, 0, at.plus(four / 2 * BYTES + QUANTA + four % 2 * VECTOR_BYTES));
        assembler.vector(Instructions.VPANDD, low, high, nibbles);
        assembler.shift(Instructions.SHIFT_SHORTS, Instructions.RIGHT, 512, high, high, 4);
        assembler.vector(Instructions.VPANDD, high, high, nibbles);
        assembler.vector(Instructions.VPSHUFB, low, table, low);
        assembler.vector(Instructions.VPSHUFB, high, table, high);
    }

    @Override
    public void scales(IntegerDotCode code, IntegerRegisters row, Address at) {
        Assembler assembler = code.assembler;
        int lower = row.moment();
        int upper = row.scales();
        int d = row.other();
        assembler.vector(Instructions.VPBROADCASTD, lower, 0, at.plus(SCALES));
        assembler.masked(Instructions.VPBROADCASTD, SECOND, lower, at.plus(BYTES + SCALES), false);
        assembler.vector(Instructions.VPBROADCASTD, d, 0, at);
        assembler.masked(Instructions.VPBROADCASTD, SECOND, d, at.plus(BYTES), false);
        assembler.vector(Instructions.VPSRLVD, lower, lower, code.pool().of(IQ4_XSCode.LOWER_SHIFTS, LAYOUT.order()));
        assembler.vector(Instructions.VPANDD, lower, lower, code.pool().all(0x0F));
        assembler.vector(Instructions.VPSRLVD, upper, d, code.pool().of(IQ4_XSCode.UPPER_SHIFTS, LAYOUT.order()));
        numbers(assembler, upper, code.pool().all(0x30), lower, code.pool().all(MIDDLE));
        // the lower half of each element is d; this instruction names its destination last
        assembler.vector(Instructions.VPMOVDW, d, 0, d);
        assembler.vector(Instructions.VCVTPH2PS, d, 0, d);
        assembler.vector(Instructions.VMULPS, upper, upper, d);
    }

    private static void numbers(Assembler assembler, int upper, Address pair, int lower, Address middle) {
        assembler.vector(Instructions.VPANDD, upper, upper, pair);
        assembler.vector(Instructions.VPORD, upper, upper, lower);
        assembler.vector(Instructions.VPSUBD, upper, upper, middle);
        assembler.vector(Instructions.VCVTDQ2PS, upper, 0, upper);
    }

    @Override
    public void prepare(IntegerPanelCode code) {
        code.load(NibbleIntegers.PANEL_NIBBLES, 0x000F000F);
        code.load(TABLE, UnevenSteps.words());
    }

    @Override
    public void words(IntegerPanelCode code, int row, int part) {
        NibbleIntegers.distantWords(code, row, code.row(row).plus(QUANTA + BLOCK_BYTES * part));
        code.assembler.vector(Instructions.VPERMW, row, row, TABLE);
    }

    /** Eight numbers of each row, twice. */
    @Override
    public void scales(IntegerPanelCode code) {
        Assembler assembler = code.assembler;
        for (int row = 0; row < X86Layout.LANES; row++) {
            int lower = MOMENTS + row % 4;
            int d = lower + 4;
            assembler.vector(Instructions.VPBROADCASTD, lower, 0, code.row(row).plus(SCALES));
            assembler.vector(Instructions.VPSRLVD, lower, lower, code.pool().of(IQ4_XSCode.LOWER_SHIFTS));
            assembler.vector(Instructions.VPANDD, lower, lower, code.pool().all(0x0F));
            assembler.vector(Instructions.VPBROADCASTD, row, 0, code.row(row));
            assembler.vector(Instructions.VPSRLVD, row, row, code.pool().of(IQ4_XSCode.UPPER_SHIFTS));
            numbers(assembler, row, code.pool().all(0x30), lower, code.pool().all(MIDDLE));
            assembler.narrow(Instructions.VPBROADCASTW, 256, d, 0, code.row(row));
            assembler.vector(Instructions.VCVTPH2PS, d, 0, d);
            assembler.vector(Instructions.VMULPS, row, row, d);
        }
        code.storeNumbers(0);
    }
}
