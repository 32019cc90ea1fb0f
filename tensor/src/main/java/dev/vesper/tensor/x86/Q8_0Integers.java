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
    /** Where the second halves are looked for, so that two vectors have them all. */
    private static final int SECOND_HALVES = 16;
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
            int fromSecond = at + HALF_WORDS - SECOND_HALVES / 2;
            // the last vector ends where the four blocks do
            int last = (FOUR_BYTES - VECTOR_BYTES - SECOND_HALVES) / 2;
            second[word] = fromSecond < VECTOR_WORDS ? fromSecond : VECTOR_WORDS + fromSecond - last;
            scales[word] = word % X86Layout.LANES / 4 * BLOCK_WORDS;
        }
        pickFirst = code.keep(IntegerDotCode.words(first));
        pickSecond = code.keep(IntegerDotCode.words(second));
        pickScales = code.keep(IntegerDotCode.words(scales));
        signs = code.keepAll(ZERO_POINT * 0x01010101);
        for (int four = 0; four < 4; four++) {
            code.mask(1 + four, 0x1111 << four);
        }
    }

    @Override
    public void four(IntegerDotCode code, Address at, int four) {
        Assembler assembler = code.assembler;
        int low = IntegerDotCode.LOW;
        int high = IntegerDotCode.HIGH;
        int next = IntegerDotCode.RAW;
        int scales = IntegerDotCode.RAW + 1;
        Address first = at.plus(four * FOUR_BYTES);
        assembler.vector(Instructions.VMOVUPS, low, 0, first);
        assembler.vector(Instructions.VMOVUPS, next, 0, first.plus(VECTOR_BYTES));
        assembler.vector(Instructions.VMOVUPS, scales, 0, low);
        assembler.vector(Instructions.VPERMT2W, scales, pickScales, next);
        assembler.merge(Instructions.VMOVDQU16, 512, 1 + four, IntegerDotCode.SCALES, 0, scales);
        assembler.vector(Instructions.VPERMT2W, low, pickFirst, next);
        assembler.vector(Instructions.VPXORD, low, low, signs);
        assembler.vector(Instructions.VMOVUPS, high, 0, first.plus(SECOND_HALVES));
        assembler.vector(Instructions.VPERMT2W, high, pickSecond, first.plus(FOUR_BYTES - VECTOR_BYTES));
        assembler.vector(Instructions.VPXORD, high, high, signs);
    }

    @Override
    public void scales(IntegerDotCode code, Address at) {
        code.assembler.vector(Instructions.VCVTPH2PS, IntegerDotCode.SCALES, 0, IntegerDotCode.SCALES);
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
