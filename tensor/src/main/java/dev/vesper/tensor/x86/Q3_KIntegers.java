package dev.vesper.tensor.x86;

import dev.vesper.tensor.Format;

/**
 * {@link Format#Q3_K}: sixteen blocks of 16 with a scale of six bits each, which are a group. Of each weight, two bits are in
 * 64 bytes, and the third in 32 others.
 */
final class Q3_KIntegers implements IntegerBlocks {
    private static final IntegerLayout LAYOUT = IntegerLayout.inOrder(16, false);
    private static final int MIDDLE = 4;
    private static final int PAIRS = 32;
    private static final int HALF_BYTES = 32;
    /** {@code destination & first | second} of VPTERNLOGD. */
    private static final int AND_OR = 0xEA;

    /** Where the bits are of 32 weights, and of the next 32, from the first and the third on. */
    private static final int[] FIRST_PAIRS = halves(0, 2);
    private static final int[] LAST_PAIRS = halves(4, 6);
    private static final int THIRD = 4;

    private static final int PANEL_PAIR = 31;
    private static final int PANEL_THIRD = 30;
    private static final int PANEL_MIDDLE = 29;
    private static final int PANEL_MOMENTS = 16;

    private int pair;
    private int third;
    private int first;
    private int last;

    static int[] halves(int low, int high) {
        int[] lanes = new int[X86Layout.LANES];
        for (int lane = 0; lane < lanes.length; lane++) {
            lanes[lane] = lane < lanes.length / 2 ? low : high;
        }
        return lanes;
    }

    @Override
    public Format format() {
        return Format.Q3_K;
    }

    @Override
    public IntegerLayout layout() {
        return LAYOUT;
    }

    @Override
    public int zeroPoint() {
        return MIDDLE;
    }

    @Override
    public void prepare(IntegerDotCode code) {
        pair = code.keepAll(0x03030303);
        third = code.keepAll(THIRD * 0x01010101);
        first = code.keep(FIRST_PAIRS);
        last = code.keep(LAST_PAIRS);
    }

    @Override
    public void four(IntegerDotCode code, IntegerRegisters row, Address at, int four) {
        Assembler assembler = code.assembler;
        int pairs = row.raw();
        int thirds = row.raw() + 1;
        int to = row.low();
        int moment = row.moment();
        if (four == 0) {
            assembler.vector(Instructions.VBROADCASTI64X4, thirds, 0, at);
        }
        if (four % 2 == 0) {
            assembler.vector(Instructions.VBROADCASTI64X4, pairs, 0, at.plus(PAIRS + four / 2 * HALF_BYTES));
        }
        assembler.vector(Instructions.VPSRLVD, moment, pairs, four % 2 == 0 ? first : last);
        assembler.vector(Instructions.VPANDD, moment, moment, pair);
        // bits 2 four and 2 four + 1 become the third ones
        Address turn = code.pool().of(halves(2 - 2 * four & 31, 1 - 2 * four & 31));
        assembler.vector(Instructions.VPROLVD, to, thirds, turn);
        assembler.immediate(Instructions.VPTERNLOGD, to, third, moment, AND_OR);
    }

    @Override
    public void scales(IntegerDotCode code, IntegerRegisters row, Address at) {
        Q3_KScales.emit(code.pool(), at, row.scales(), row.moment(), row.other(), LAYOUT.order());
    }

    @Override
    public void prepare(IntegerPanelCode code) {
        code.load(PANEL_PAIR, 0x00030003);
        code.load(PANEL_THIRD, THIRD * 0x00010001);
        code.load(PANEL_MIDDLE, MIDDLE * 0x00010001);
    }

    @Override
    public void words(IntegerPanelCode code, int row, int part) {
        Assembler assembler = code.assembler;
        int bits = PANEL_MOMENTS + row % 8;
        assembler.vector(Instructions.VPMOVZXBW, row, 0, code.row(row).plus(PAIRS + part / 4 * HALF_BYTES));
        assembler.shift(Instructions.SHIFT_SHORTS, Instructions.RIGHT, 512, row, row, part % 4 * 2);
        assembler.vector(Instructions.VPANDD, row, row, PANEL_PAIR);
        assembler.vector(Instructions.VPMOVZXBW, bits, 0, code.row(row));
        int direction = part < 2 ? Instructions.LEFT : Instructions.RIGHT;
        assembler.shift(Instructions.SHIFT_SHORTS, direction, 512, bits, bits, Math.abs(2 - part));
        assembler.immediate(Instructions.VPTERNLOGD, bits, PANEL_THIRD, row, AND_OR);
        assembler.vector(Instructions.VPSUBW, row, bits, PANEL_MIDDLE);
    }

    @Override
    public void scales(IntegerPanelCode code) {
        for (int row = 0; row < X86Layout.LANES; row++) {
            int moment = PANEL_MOMENTS + 2 * (row % 4);
            Q3_KScales.emit(code.pool(), code.row(row), row, moment, moment + 1, Pool.IN_ORDER);
        }
        code.storeNumbers(0);
    }
}
