package dev.vesper.tensor.x86;

import dev.vesper.tensor.Format;

/**
 * {@link Format#Q6_K}: sixteen blocks of 16 with a scale each, which are a group. Of every half, 64 bytes have the lower four
 * bits of 128 weights, and 32 bytes the upper two.
 */
final class Q6_KIntegers implements IntegerBlocks {
    private static final IntegerLayout LAYOUT = IntegerLayout.inOrder(16, false);
    private static final int UPPER = 128;
    private static final int SCALES = 192;
    private static final int D = 208;
    private static final int HALF_BYTES = 64;
    private static final int UPPER_BYTES = 32;
    private static final int ZERO_POINT = 32;

    /** Of sixteen bytes every fourth: the order in which sums come out. */
    private static final int[] FOURTHS = bytes(LAYOUT.order());
    /** {@code destination & first | second} of VPTERNLOGD. */
    private static final int AND_OR = 0xEA;

    private static final int PANEL_NIBBLES = 31;
    private static final int PANEL_PAIR = 30;
    private static final int PANEL_ZERO = 29;
    private static final int PANEL_MOMENTS = 16;

    private int nibbles;
    private int pair;
    private int toLeft;
    private int toRight;
    private int fourths;

    private static int[] bytes(int[] bytes) {
        int[] lanes = new int[X86Layout.LANES];
        for (int i = 0; i < bytes.length; i++) {
            lanes[i / 4] |= bytes[i] << i % 4 * Byte.SIZE;
        }
        return lanes;
    }

    @Override
    public Format format() {
        return Format.Q6_K;
    }

    @Override
    public IntegerLayout layout() {
        return LAYOUT;
    }

    @Override
    public int zeroPoint() {
        return ZERO_POINT;
    }

    @Override
    public void prepare(IntegerDotCode code) {
        nibbles = code.keepAll(0x0F0F0F0F);
        pair = code.keepAll(0x30303030);
        toLeft = code.keep(Q6_KCode.TO_LEFT);
        toRight = code.keep(Q6_KCode.TO_RIGHT);
        fourths = code.keep(FOURTHS);
    }

    @Override
    public void four(IntegerDotCode code, IntegerRegisters row, Address at, int four) {
        Assembler assembler = code.assembler;
        int lower = row.raw();
        int upper = row.raw() + 1;
        int to = row.low();
        int half = four / 2;
        if (four % 2 == 0) {
            assembler.vector(Instructions.VMOVUPS, lower, 0, at.plus(half * HALF_BYTES));
            assembler.vector(Instructions.VBROADCASTI64X4, upper, 0, at.plus(UPPER + half * UPPER_BYTES));
            assembler.vector(Instructions.VPSLLVD, to, upper, toLeft);
        } else {
            assembler.shift(Instructions.SHIFT_SHORTS, Instructions.RIGHT, 512, lower, lower, 4);
            assembler.vector(Instructions.VPSRLVD, to, upper, toRight);
        }
        int low = row.moment();
        assembler.vector(Instructions.VPANDD, low, lower, nibbles);
        assembler.immediate(Instructions.VPTERNLOGD, to, pair, low, AND_OR);
    }

    @Override
    public void scales(IntegerDotCode code, IntegerRegisters row, Address at) {
        Assembler assembler = code.assembler;
        int scales = row.scales();
        int d = row.moment();
        assembler.narrow(Instructions.VMOVUPS, 128, scales, 0, at.plus(SCALES));
        assembler.vector(Instructions.VPSHUFB, scales, scales, fourths);
        assembler.vector(Instructions.VPMOVSXBD, scales, 0, scales);
        assembler.vector(Instructions.VCVTDQ2PS, scales, 0, scales);
        assembler.narrow(Instructions.VPBROADCASTW, 256, d, 0, at.plus(D));
        assembler.vector(Instructions.VCVTPH2PS, d, 0, d);
        assembler.vector(Instructions.VMULPS, scales, scales, d);
    }

    @Override
    public void prepare(IntegerPanelCode code) {
        code.load(PANEL_NIBBLES, 0x000F000F);
        code.load(PANEL_PAIR, 0x00300030);
        code.load(PANEL_ZERO, ZERO_POINT * 0x00010001);
    }

    /** 32 columns are the lower or upper halves of 32 bytes, and one of four pairs of bits of 32 others. */
    @Override
    public void words(IntegerPanelCode code, int row, int part) {
        Assembler assembler = code.assembler;
        int half = part / 4;
        int quarter = part % 4;
        int upper = PANEL_MOMENTS + row % 8;
        Address at = code.row(row);
        assembler.vector(Instructions.VPMOVZXBW, row, 0, at.plus(half * HALF_BYTES + quarter % 2 * UPPER_BYTES));
        if (quarter < 2) {
            assembler.vector(Instructions.VPANDD, row, row, PANEL_NIBBLES);
        } else {
            assembler.shift(Instructions.SHIFT_SHORTS, Instructions.RIGHT, 512, row, row, 4);
        }
        assembler.vector(Instructions.VPMOVZXBW, upper, 0, at.plus(UPPER + half * UPPER_BYTES));
        if (quarter != 2) {
            int direction = quarter < 2 ? Instructions.LEFT : Instructions.RIGHT;
            int by = quarter == 0 ? 4 : 2;
            assembler.shift(Instructions.SHIFT_SHORTS, direction, 512, upper, upper, by);
        }
        assembler.immediate(Instructions.VPTERNLOGD, upper, PANEL_PAIR, row, AND_OR);
        assembler.vector(Instructions.VPSUBW, row, upper, PANEL_ZERO);
    }

    @Override
    public void scales(IntegerPanelCode code) {
        Assembler assembler = code.assembler;
        for (int row = 0; row < X86Layout.LANES; row++) {
            int d = PANEL_MOMENTS + row % 8;
            assembler.narrow(Instructions.VPBROADCASTW, 256, d, 0, code.row(row).plus(D));
            assembler.vector(Instructions.VCVTPH2PS, d, 0, d);
            assembler.vector(Instructions.VPMOVSXBD, row, 0, code.row(row).plus(SCALES));
            assembler.vector(Instructions.VCVTDQ2PS, row, 0, row);
            assembler.vector(Instructions.VMULPS, row, row, d);
        }
        code.storeNumbers(0);
    }
}
