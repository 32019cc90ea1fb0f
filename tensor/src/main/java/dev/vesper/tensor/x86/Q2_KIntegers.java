package dev.vesper.tensor.x86;

import dev.vesper.tensor.Format;

/**
 * {@link Format#Q2_K}: sixteen blocks of 16, which are a group, with a byte each for scale and minimum, and 64 bytes of
 * weights, two bits each.
 */
final class Q2_KIntegers implements IntegerBlocks {
    private static final IntegerLayout LAYOUT = IntegerLayout.inOrder(16, true);
    private static final int PAIRS = 16;
    private static final int HALF_BYTES = 32;
    private static final int D = 80;
    private static final int D_MIN = 82;
    private static final int[] FIRST_PAIRS = Q3_KIntegers.halves(0, 2);
    private static final int[] LAST_PAIRS = Q3_KIntegers.halves(4, 6);

    private static final int PANEL_PAIR = 31;
    private static final int PANEL_MOMENTS = 16;

    private int pair;
    private int first;
    private int last;

    @Override
    public Format format() {
        return Format.Q2_K;
    }

    @Override
    public IntegerLayout layout() {
        return LAYOUT;
    }

    @Override
    public int zeroPoint() {
        return 0;
    }

    @Override
    public void prepare(IntegerDotCode code) {
        pair = code.keepAll(0x03030303);
        first = code.keep(FIRST_PAIRS);
        last = code.keep(LAST_PAIRS);
    }

    @Override
    public void four(IntegerDotCode code, IntegerRegisters row, Address at, int four) {
        Assembler assembler = code.assembler;
        int pairs = row.raw();
        int to = row.low();
        if (four % 2 == 0) {
            assembler.vector(Instructions.VBROADCASTI64X4, pairs, 0, at.plus(PAIRS + four / 2 * HALF_BYTES));
        }
        assembler.vector(Instructions.VPSRLVD, to, pairs, four % 2 == 0 ? first : last);
        assembler.vector(Instructions.VPANDD, to, to, pair);
    }

    @Override
    public void scales(IntegerDotCode code, IntegerRegisters row, Address at) {
        Assembler assembler = code.assembler;
        int scales = row.scales();
        int minima = row.minima();
        int[] order = LAYOUT.order();
        assembler.vector(Instructions.VPMOVZXBD, minima, 0, at);
        assembler.vector(Instructions.VMOVUPS, scales, 0, code.pool().of(Pool.IN_ORDER, order));
        assembler.vector(Instructions.VPERMD, minima, scales, minima);
        assembler.vector(Instructions.VPANDD, scales, minima, code.pool().all(0x0F));
        assembler.shift(Instructions.SHIFT_INTS, Instructions.RIGHT, 512, minima, minima, 4);
        times(assembler, scales, at.plus(D), row.moment());
        times(assembler, minima, at.plus(D_MIN), row.moment());
    }

    private static void times(Assembler assembler, int numbers, Address half, int moment) {
        assembler.narrow(Instructions.VPBROADCASTW, 256, moment, 0, half);
        assembler.vector(Instructions.VCVTPH2PS, moment, 0, moment);
        assembler.vector(Instructions.VCVTDQ2PS, numbers, 0, numbers);
        assembler.vector(Instructions.VMULPS, numbers, numbers, moment);
    }

    @Override
    public void prepare(IntegerPanelCode code) {
        code.load(PANEL_PAIR, 0x00030003);
    }

    @Override
    public void words(IntegerPanelCode code, int row, int part) {
        Assembler assembler = code.assembler;
        assembler.vector(Instructions.VPMOVZXBW, row, 0, code.row(row).plus(PAIRS + part / 4 * HALF_BYTES));
        assembler.shift(Instructions.SHIFT_SHORTS, Instructions.RIGHT, 512, row, row, part % 4 * 2);
        assembler.vector(Instructions.VPANDD, row, row, PANEL_PAIR);
    }

    @Override
    public void scales(IntegerPanelCode code) {
        Assembler assembler = code.assembler;
        for (int minima = 0; minima < 2; minima++) {
            for (int row = 0; row < X86Layout.LANES; row++) {
                assembler.vector(Instructions.VPMOVZXBD, row, 0, code.row(row));
                if (minima == 0) {
                    assembler.vector(Instructions.VPANDD, row, row, code.pool().all(0x0F));
                } else {
                    assembler.shift(Instructions.SHIFT_INTS, Instructions.RIGHT, 512, row, row, 4);
                }
                Address half = code.row(row).plus(minima == 0 ? D : D_MIN);
                times(assembler, row, half, PANEL_MOMENTS + row % 8);
            }
            code.storeNumbers(minima * X86Layout.LANES);
        }
    }
}
