package dev.vesper.tensor.x86;

import dev.vesper.tensor.Format;

/** {@link Format#Q8_0}: blocks of 32, a scale and a byte for each, whose sign is turned for instructions that want none. */
final class Q8_0Integers implements IntegerBlocks {
    private static final IntegerLayout LAYOUT = IntegerLayout.inOrder(32, false);
    private static final int BLOCK_WORDS = Format.Q8_0.blockBytes() / 2;
    private static final int FOUR_BYTES = 4 * Format.Q8_0.blockBytes();
    private static final int VECTOR_BYTES = 64;
    private static final int VECTOR_WORDS = 32;
    private static final int HALF_WORDS = 8;
    /** A mask register: the last eight bytes of four blocks, which do not fit in two vectors. */
    private static final int LAST = 5;
    private static final int ZERO_POINT = 128;

    private int pickFirst;
    private int pickSecond;
    private int pickScales;
    private int signs;

    @Override
    public Format format() {
        return Format.Q8_0;
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
        int[] first = new int[VECTOR_WORDS];
        int[] second = new int[VECTOR_WORDS];
        int[] scales = new int[VECTOR_WORDS];
        for (int word = 0; word < VECTOR_WORDS; word++) {
            int at = word / HALF_WORDS * BLOCK_WORDS + 1 + word % HALF_WORDS;
            first[word] = at;
            second[word] = (at + HALF_WORDS) % (2 * VECTOR_WORDS);
            scales[word] = word % X86Layout.LANES / 4 * BLOCK_WORDS;
        }
        pickFirst = code.keep(IntegerDotCode.words(first));
        pickSecond = code.keep(IntegerDotCode.words(second));
        pickScales = code.keep(IntegerDotCode.words(scales));
        signs = code.keepAll(0x80808080);
        for (int four = 0; four < 4; four++) {
            code.mask(1 + four, 0x1111 << four);
        }
        code.mask(LAST, 0x80);
    }

    @Override
    public void four(IntegerDotCode code, IntegerRegisters row, Address at, int four) {
        Assembler assembler = code.assembler;
        int low = row.low();
        int high = row.high();
        int next = row.raw();
        int scales = row.moment();
        Address first = at.plus(four * FOUR_BYTES);
        assembler.vector(Instructions.VMOVUPS, low, 0, first);
        assembler.vector(Instructions.VMOVUPS, next, 0, first.plus(VECTOR_BYTES));
        assembler.vector(Instructions.VMOVUPS, scales, 0, low);
        assembler.vector(Instructions.VMOVUPS, high, 0, low);
        assembler.vector(Instructions.VPERMT2W, scales, pickScales, next);
        assembler.merge(Instructions.VMOVDQU16, 512, 1 + four, row.scales(), 0, scales);
        assembler.vector(Instructions.VPERMT2W, low, pickFirst, next);
        assembler.vector(Instructions.VPXORD, low, low, signs);
        assembler.vector(Instructions.VPERMT2W, high, pickSecond, next);
        assembler.masked(Instructions.VPBROADCASTQ, LAST, high, first.plus(2 * VECTOR_BYTES), false);
        assembler.vector(Instructions.VPXORD, high, high, signs);
    }

    @Override
    public void scales(IntegerDotCode code, IntegerRegisters row, Address at) {
        code.assembler.vector(Instructions.VCVTPH2PS, row.scales(), 0, row.scales());
    }

    @Override
    public void prepare(IntegerPanelCode code) {}

    @Override
    public void words(IntegerPanelCode code, int row, int part) {
        code.assembler.vector(Instructions.VPMOVSXBW, row, 0, code.row(row).plus(2));
    }

    @Override
    public void scales(IntegerPanelCode code) {
        code.storeHalves(0);
    }
}
