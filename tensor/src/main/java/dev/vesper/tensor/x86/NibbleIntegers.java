package dev.vesper.tensor.x86;

import dev.vesper.tensor.Format;

/**
 * {@link Format#Q4_0} and {@link Format#IQ4_NL}: blocks of 32, a scale and 16 bytes of which the lower halves come first;
 * numbers of the second are looked up.
 */
final class NibbleIntegers implements IntegerBlocks {
    private static final IntegerLayout LAYOUT = IntegerLayout.inOrder(32, false);
    private static final int BLOCK_BYTES = Format.Q4_0.blockBytes();
    private static final int BLOCK_WORDS = BLOCK_BYTES / 2;
    private static final int FOUR_BYTES = 4 * BLOCK_BYTES;
    private static final int VECTOR_BYTES = 64;
    private static final int VECTOR_WORDS = 32;
    private static final int MIDDLE = 8;
    /** A mask register: the last eight bytes of four blocks, which do not fit in a vector. */
    private static final int LAST = 5;

    /** Of panels. */
    static final int PANEL_NIBBLES = 30;
    private static final int PANEL_TABLE = 31;
    private static final int MOMENTS = 16;
    /** {@code (destination | first) & second} of VPTERNLOGD. */
    private static final int OR_AND = 0xA8;

    private final Format format;
    private final boolean uneven;
    private int table;
    private int pickQuanta;
    private int pickScales;
    private int nibbles;

    NibbleIntegers(Format format) {
        this.format = format;
        this.uneven = format == Format.IQ4_NL;
    }

    @Override
    public Format format() {
        return format;
    }

    @Override
    public IntegerLayout layout() {
        return LAYOUT;
    }

    @Override
    public int zeroPoint() {
        return uneven ? UnevenSteps.ZERO_POINT : MIDDLE;
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
            quanta[word] = (word / 8 * BLOCK_WORDS + 1 + word % 8) % VECTOR_WORDS;
            scales[word] = word % X86Layout.LANES / 4 * BLOCK_WORDS;
        }
        pickQuanta = code.keep(IntegerDotCode.words(quanta));
        pickScales = code.keep(IntegerDotCode.words(scales));
        nibbles = code.keepAll(0x0F0F0F0F);
        if (uneven) {
            table = code.keep(UnevenSteps.bytes());
        }
        for (int four = 1; four < 4; four++) {
            code.mask(four, 0x1111 << four);
        }
        code.mask(LAST, 0x80);
    }

    @Override
    public void four(IntegerDotCode code, IntegerRegisters row, Address at, int four) {
        Assembler assembler = code.assembler;
        int low = row.low();
        int high = row.high();
        Address first = at.plus(four * FOUR_BYTES);
        assembler.vector(Instructions.VMOVUPS, high, 0, first);
        assembler.merge(Instructions.VPERMW, 512, four, row.scales(), pickScales, high);
        assembler.vector(Instructions.VPERMW, high, pickQuanta, high);
        assembler.masked(Instructions.VPBROADCASTQ, LAST, high, first.plus(VECTOR_BYTES), false);
        assembler.vector(Instructions.VPANDD, low, high, nibbles);
        assembler.shift(Instructions.SHIFT_SHORTS, Instructions.RIGHT, 512, high, high, 4);
        assembler.vector(Instructions.VPANDD, high, high, nibbles);
        if (uneven) {
            assembler.vector(Instructions.VPSHUFB, low, table, low);
            assembler.vector(Instructions.VPSHUFB, high, table, high);
        }
    }

    @Override
    public void scales(IntegerDotCode code, IntegerRegisters row, Address at) {
        code.assembler.vector(Instructions.VCVTPH2PS, row.scales(), 0, row.scales());
    }

    @Override
    public void prepare(IntegerPanelCode code) {
        code.load(PANEL_NIBBLES, 0x000F000F);
        if (uneven) {
            code.load(PANEL_TABLE, UnevenSteps.words());
        } else {
            code.load(PANEL_TABLE, MIDDLE * 0x00010001);
        }
    }

    @Override
    public void words(IntegerPanelCode code, int row, int part) {
        distantWords(code, row, code.row(row).plus(2));
        if (uneven) {
            code.assembler.vector(Instructions.VPERMW, row, row, PANEL_TABLE);
        } else {
            code.assembler.vector(Instructions.VPSUBW, row, row, PANEL_TABLE);
        }
    }

    /** Pairs of nibbles to pairs of words. Uses the registers from 16 on and that of the nibbles. */
    static void distantWords(IntegerPanelCode code, int row, Address from) {
        int moment = MOMENTS + row % 8;
        code.assembler.vector(Instructions.VPMOVZXBD, row, 0, from);
        code.assembler.shift(Instructions.SHIFT_INTS, Instructions.LEFT, 512, moment, row, 12);
        code.assembler.immediate(Instructions.VPTERNLOGD, row, moment, PANEL_NIBBLES, OR_AND);
    }

    @Override
    public void scales(IntegerPanelCode code) {
        code.storeHalves(0);
    }
}
