package dev.vesper.tensor.x86;

import dev.vesper.tensor.Format;

/** {@link Format#Q4_0}: blocks of 32, a scale and 16 bytes of which the lower halves come first. */
final class Q4_0Integers implements IntegerBlocks {
    private static final IntegerLayout LAYOUT =
            new IntegerLayout(32, false, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    private static final int BLOCK_BYTES = Format.Q4_0.blockBytes();
    private static final int BLOCK_WORDS = BLOCK_BYTES / 2;
    private static final int FOUR_BYTES = 4 * BLOCK_BYTES;
    private static final int VECTOR_BYTES = 64;
    private static final int VECTOR_WORDS = 32;
    private static final int ZERO_POINT = 8;

    /** Of panels. */
    private static final int PANEL_NIBBLES = 30;
    private static final int PANEL_ZERO = 31;
    private static final int MOMENTS = 16;
    /** {@code (destination | first) & second} of VPTERNLOGD. */
    private static final int OR_AND = 0xA8;

    private int pickQuanta;
    private int pickScales;
    private int nibbles;

    @Override
    public Format format() {
        return Format.Q4_0;
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
    public boolean distantPairs() {
        return true;
    }

    @Override
    public void prepare(IntegerDotCode code) {
        int[] quanta = new int[VECTOR_WORDS];
        int[] scales = new int[VECTOR_WORDS];
        for (int word = 0; word < VECTOR_WORDS; word++) {
            int at = word / 8 * BLOCK_WORDS + 1 + word % 8;
            // the second vector ends where the four blocks do
            int second = FOUR_BYTES / 2 - VECTOR_WORDS;
            quanta[word] = at < VECTOR_WORDS ? at : VECTOR_WORDS + at - second;
            scales[word] = word % X86Layout.LANES / 4 * BLOCK_WORDS;
        }
        pickQuanta = code.keep(words(quanta));
        pickScales = code.keep(words(scales));
        nibbles = code.keepAll(0x0F0F0F0F);
        for (int four = 1; four < 4; four++) {
            code.assembler.moveConstant(Assembler.RAX, 0x1111 << four);
            code.assembler.moveMask(four, Assembler.RAX);
        }
    }

    private static int[] words(int[] words) {
        int[] lanes = new int[words.length / 2];
        for (int i = 0; i < lanes.length; i++) {
            lanes[i] = words[2 * i] | words[2 * i + 1] << 16;
        }
        return lanes;
    }

    @Override
    public void four(IntegerDotCode code, Address at, int four) {
        Assembler assembler = code.assembler;
        int low = IntegerDotCode.LOW;
        int high = IntegerDotCode.HIGH;
        Address first = at.plus(four * FOUR_BYTES);
        assembler.vector(Instructions.VMOVUPS, high, 0, first);
        assembler.merge(Instructions.VPERMW, 512, four, IntegerDotCode.SCALES, pickScales, high);
        assembler.vector(Instructions.VPERMT2W, high, pickQuanta, first.plus(FOUR_BYTES - VECTOR_BYTES));
        assembler.vector(Instructions.VPANDD, low, high, nibbles);
        assembler.shift(Instructions.SHIFT_SHORTS, Instructions.RIGHT, 512, high, high, 4);
        assembler.vector(Instructions.VPANDD, high, high, nibbles);
    }

    @Override
    public void scales(IntegerDotCode code, Address at) {
        code.assembler.vector(Instructions.VCVTPH2PS, IntegerDotCode.SCALES, 0, IntegerDotCode.SCALES);
    }

    @Override
    public void prepare(IntegerPanelCode code) {
        code.load(PANEL_NIBBLES, 0x000F000F);
        code.load(PANEL_ZERO, ZERO_POINT * 0x00010001);
    }

    @Override
    public void words(IntegerPanelCode code, int row, int part) {
        Assembler assembler = code.assembler;
        int moment = MOMENTS + row % 8;
        assembler.vector(Instructions.VPMOVZXBD, row, 0, code.row(row).plus(2));
        assembler.shift(Instructions.SHIFT_INTS, Instructions.LEFT, 512, moment, row, 12);
        assembler.immediate(Instructions.VPTERNLOGD, row, moment, PANEL_NIBBLES, OR_AND);
        assembler.vector(Instructions.VPSUBW, row, row, PANEL_ZERO);
    }

    @Override
    public void scales(IntegerPanelCode code) {
        Assembler assembler = code.assembler;
        int half = X86Layout.LANES / 2;
        for (int to = 0; to < 2; to++) {
            assembler.vector(Instructions.VPXORD, to, to, to);
            for (int i = 0; i < half; i++) {
                assembler.immediate(Instructions.VPINSRW, 128, to, to, code.row(to * half + i), i);
            }
        }
        assembler.immediate(Instructions.VINSERTI32X4, 0, 0, 1, 1);
        assembler.vector(Instructions.VCVTPH2PS, 0, 0, 0);
        code.storeNumber(0, 0);
    }
}
