package dev.vesper.tensor.x86;

import dev.vesper.tensor.Format;

/**
 * {@link Format#Q4_K} and {@link Format#Q5_K}: eight blocks of 32 with a scale and a minimum each. The lower halves of 32 bytes
 * are one block, the upper halves the next; fifth bits are in 32 bytes before these, a bit of each for a block. A group is
 * two such blocks of eight.
 */
final class RunIntegers implements IntegerBlocks {
    private static final IntegerLayout LAYOUT =
            new IntegerLayout(32, true, 0, 2, 4, 6, 1, 3, 5, 7, 8, 10, 12, 14, 9, 11, 13, 15);
    private static final int FIFTH_BITS = 16;
    private static final int QUARTER_BYTES = 16;
    private static final int VECTOR_BYTES = 64;
    private static final int RUN_BYTES = 32;
    private static final int EVEN = 0x88;
    private static final int ODD = 0xDD;

    // Scales and minima are six bits each, in the three words behind d and dMin: which words have the lower four or six bits of
    // each four numbers, by how much they are shifted, and which words have the upper two of the others.
    private static final int[] LOWER_SHIFT = fours(0, 0, 0, 4);
    private static final int[] LOWER_MASK = fours(0x3F3F3F3F, 0x0F0F0F0F, 0x3F3F3F3F, 0x0F0F0F0F);
    private static final int[] UPPER_MASK = fours(0, 0x30303030, 0, 0x30303030);
    private static final int LOWER_WORDS = 0xED;
    private static final int UPPER_WORDS = 0xA5;
    /** {@code destination & first | second} of VPTERNLOGD. */
    private static final int AND_OR = 0xEA;
    private static final int SECOND_QUARTER = 0x55;
    /** Every pair of floats: the first of it twice, the second. */
    private static final int FIRSTS = 0xA0;
    private static final int SECONDS = 0xF5;
    private static final int[] FACTORS = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1};

    /** A mask register: the numbers d and dMin of the second block of eight. */
    private static final int SECOND = 1;

    private static final int FIFTH = 0x10;
    /** By how much bytes are turned so that the bits of every second block become fifth ones. */
    private static final int[] TURN_EVEN = quarters(4, 2, 0, 30);
    private static final int[] TURN_ODD = quarters(3, 1, 31, 29);

    private static final int PANEL_NIBBLES = 31;
    private static final int PANEL_FIFTH = 30;
    private static final int PANEL_SHIFT = 29;
    private static final int PANEL_LOWER = 28;
    private static final int PANEL_UPPER = 27;
    private static final int PANEL_MOMENTS = 16;

    private final Format format;
    private final boolean fifth;
    private final int bytes;
    private final int quanta;
    private int nibbles;
    private int fifths;
    private int turnEven;
    private int lowerShift;
    private int lowerMask;
    private int upperMask;

    RunIntegers(Format format) {
        this.format = format;
        this.fifth = format == Format.Q5_K;
        this.bytes = format.blockBytes();
        this.quanta = fifth ? FIFTH_BITS + RUN_BYTES : FIFTH_BITS;
    }

    private static int[] quarters(int first, int second, int third, int fourth) {
        int[] lanes = new int[X86Layout.LANES];
        for (int i = 0; i < 4; i++) {
            lanes[i] = first;
            lanes[4 + i] = second;
            lanes[8 + i] = third;
            lanes[12 + i] = fourth;
        }
        return lanes;
    }

    private static int[] fours(int first, int second, int third, int fourth) {
        int[] lanes = new int[X86Layout.LANES];
        for (int i = 0; i < lanes.length; i += 4) {
            lanes[i] = first;
            lanes[i + 1] = second;
            lanes[i + 2] = third;
            lanes[i + 3] = fourth;
        }
        return lanes;
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
        return 0;
    }

    @Override
    public void prepare(IntegerDotCode code) {
        nibbles = code.keepAll(0x0F0F0F0F);
        if (fifth) {
            fifths = code.keepAll(FIFTH * 0x01010101);
            turnEven = code.keep(TURN_EVEN);
        }
        lowerShift = code.keep(LOWER_SHIFT);
        lowerMask = code.keep(LOWER_MASK);
        upperMask = code.keep(UPPER_MASK);
        code.mask(SECOND, 0xAAAA);
    }

    @Override
    public void four(IntegerDotCode code, IntegerRegisters row, Address at, int four) {
        Assembler assembler = code.assembler;
        int firsts = row.raw();
        int seconds = row.raw() + 1;
        if (four % 2 == 0) {
            Address quanta = at.plus(four / 2 * bytes + this.quanta);
            // the first sixteen bytes of every 32, and the others
            assembler.vector(Instructions.VMOVUPS, seconds, 0, quanta);
            Address next = quanta.plus(VECTOR_BYTES);
            assembler.immediate(Instructions.VSHUFF32X4, 512, firsts, seconds, next, EVEN);
            assembler.immediate(Instructions.VSHUFF32X4, 512, seconds, seconds, next, ODD);
        } else {
            assembler.shift(Instructions.SHIFT_SHORTS, Instructions.RIGHT, 512, firsts, firsts, 4);
            assembler.shift(Instructions.SHIFT_SHORTS, Instructions.RIGHT, 512, seconds, seconds, 4);
        }
        if (fifth) {
            fifthBits(code, row, at.plus(four / 2 * bytes + FIFTH_BITS), four, row.low(), firsts);
            fifthBits(code, row, at.plus(four / 2 * bytes + FIFTH_BITS + QUARTER_BYTES), four, row.high(), seconds);
        } else {
            assembler.vector(Instructions.VPANDD, row.low(), firsts, nibbles);
            assembler.vector(Instructions.VPANDD, row.high(), seconds, nibbles);
        }
    }

    /** Lower four bits and, of the bytes at {@code at}, those of the blocks. */
    private void fifthBits(IntegerDotCode code, IntegerRegisters row, Address at, int four, int to, int quanta) {
        Assembler assembler = code.assembler;
        int lower = row.moment();
        assembler.vector(Instructions.VBROADCASTI32X4, to, 0, at);
        if (four % 2 == 0) {
            assembler.vector(Instructions.VPROLVD, to, to, turnEven);
        } else {
            assembler.vector(Instructions.VPROLVD, to, to, code.pool().of(TURN_ODD));
        }
        assembler.vector(Instructions.VPANDD, lower, quanta, nibbles);
        assembler.immediate(Instructions.VPTERNLOGD, to, fifths, lower, AND_OR);
    }

    /** Of both blocks of eight at once; then their numbers are brought to the order of the sums, two by two. */
    @Override
    public void scales(IntegerDotCode code, IntegerRegisters row, Address at) {
        Assembler assembler = code.assembler;
        int numbers = row.raw();
        int moment = row.moment();
        int scales = row.scales();
        int minima = row.minima();
        assembler.narrow(Instructions.VMOVUPS, 128, numbers, 0, at);
        assembler.immediate(Instructions.VINSERTI32X4, 512, numbers, numbers, at.plus(bytes), 1);
        sixBits(assembler, numbers, moment, lowerShift, lowerMask, upperMask);
        assembler.immediate(Instructions.VSHUFF32X4, moment, numbers, numbers, SECOND_QUARTER);
        assembler.vector(Instructions.VPUNPCKLWD, scales, numbers, moment);
        assembler.vector(Instructions.VPUNPCKHWD, minima, numbers, moment);
        assembler.vector(Instructions.VPBROADCASTD, moment, 0, at);
        assembler.masked(Instructions.VPBROADCASTD, SECOND, moment, at.plus(bytes), false);
        assembler.vector(Instructions.VCVTPH2PS, moment, 0, moment);
        assembler.immediate(Instructions.VSHUFPS, numbers, moment, moment, FIRSTS);
        assembler.immediate(Instructions.VSHUFPS, moment, moment, moment, SECONDS);
        assembler.vector(Instructions.VPMOVZXBD, scales, 0, scales);
        assembler.vector(Instructions.VPMOVZXBD, minima, 0, minima);
        assembler.vector(Instructions.VCVTDQ2PS, scales, 0, scales);
        assembler.vector(Instructions.VCVTDQ2PS, minima, 0, minima);
        assembler.vector(Instructions.VMULPS, scales, scales, numbers);
        assembler.vector(Instructions.VMULPS, minima, minima, moment);
    }

    /** From d, dMin and three words to eight scales and eight minima, a byte each; constants are in registers. */
    private static void sixBits(
            Assembler assembler, int numbers, int moment, int lowerShift, int lowerMask, int upperMask) {
        assembler.immediate(Instructions.VPSHUFD, moment, 0, numbers, LOWER_WORDS);
        assembler.vector(Instructions.VPSRLVD, moment, moment, lowerShift);
        assembler.vector(Instructions.VPANDD, moment, moment, lowerMask);
        assembler.immediate(Instructions.VPSHUFD, numbers, 0, numbers, UPPER_WORDS);
        assembler.shift(Instructions.SHIFT_INTS, Instructions.RIGHT, 512, numbers, numbers, 2);
        assembler.immediate(Instructions.VPTERNLOGD, numbers, upperMask, moment, AND_OR);
    }

    @Override
    public void prepare(IntegerPanelCode code) {
        code.load(PANEL_NIBBLES, 0x000F000F);
        code.load(PANEL_FIFTH, FIFTH * 0x00010001);
    }

    @Override
    public void words(IntegerPanelCode code, int row, int part) {
        Assembler assembler = code.assembler;
        assembler.vector(Instructions.VPMOVZXBW, row, 0, code.row(row).plus(quanta + RUN_BYTES * (part / 2)));
        if (part % 2 == 0) {
            assembler.vector(Instructions.VPANDD, row, row, PANEL_NIBBLES);
        } else {
            assembler.shift(Instructions.SHIFT_SHORTS, Instructions.RIGHT, 512, row, row, 4);
        }
        if (fifth) {
            int bits = PANEL_MOMENTS + row % 8;
            int direction = part < 4 ? Instructions.LEFT : Instructions.RIGHT;
            assembler.vector(Instructions.VPMOVZXBW, bits, 0, code.row(row).plus(FIFTH_BITS));
            assembler.shift(Instructions.SHIFT_SHORTS, direction, 512, bits, bits, Math.abs(4 - part));
            assembler.vector(Instructions.VPANDD, bits, bits, PANEL_FIFTH);
            assembler.vector(Instructions.VPORD, row, row, bits);
        }
    }

    @Override
    public void scales(IntegerPanelCode code) {
        Assembler assembler = code.assembler;
        code.load(PANEL_SHIFT, LOWER_SHIFT);
        code.load(PANEL_LOWER, LOWER_MASK);
        code.load(PANEL_UPPER, UPPER_MASK);
        for (int row = 0; row < X86Layout.LANES; row++) {
            int lower = PANEL_MOMENTS + row % 4;
            int factors = lower + 4;
            assembler.narrow(Instructions.VMOVUPS, 128, row, 0, code.row(row));
            sixBits(assembler, row, lower, PANEL_SHIFT, PANEL_LOWER, PANEL_UPPER);
            assembler.vector(Instructions.VPMOVZXBD, row, 0, row);
            assembler.vector(Instructions.VCVTDQ2PS, row, 0, row);
            assembler.narrow(Instructions.VPBROADCASTD, 256, factors, 0, code.row(row));
            assembler.vector(Instructions.VCVTPH2PS, factors, 0, factors);
            assembler.vector(Instructions.VMOVUPS, lower, 0, code.pool().of(FACTORS));
            assembler.vector(Instructions.VPERMPS, lower, lower, factors);
            assembler.vector(Instructions.VMULPS, row, row, lower);
        }
        code.storeNumbers(0);
    }
}
