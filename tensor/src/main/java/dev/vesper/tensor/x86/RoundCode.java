package dev.vesper.tensor.x86;

import java.util.Arrays;

/**
 * Emits the rounding of activations to integers of 16 bits, 16 times 32 at a time. With m the greatest magnitude of 32
 * activations, their scale is m / {@link IntegerLayout#GREATEST}, and their integers are x * (GREATEST / m) to the nearest, even ones
 * of two. Where nothing is above 2^-100, all become zeros. The scale of 32 with a NaN or an infinity among them is NaN,
 * and so is every sum that they are part of.
 *
 * <p>Called with the activations in rdi, the place to write to in rdx, and {@link Arguments} in rcx.
 */
final class RoundCode {
    private static final int INPUT = Assembler.RDI;
    private static final int OUTPUT = Assembler.RDX;
    private static final int ARGUMENTS = Assembler.RCX;
    private static final int COUNT = Assembler.RAX;
    private static final int POOL = Assembler.R15;

    private static final int BLOCKS = X86Layout.LANES;
    private static final int BLOCK_BYTES = IntegerLayout.ROUNDED / BLOCKS * Float.BYTES;
    private static final int VECTOR_BYTES = 64;
    private static final int HALF_COLUMNS = 16;
    private static final int FOURS = 4;
    private static final int EVEN = 0x88;
    private static final int ODD = 0xDD;
    private static final int LARGE = 1;
    /** {@code destination | first & second} of VPTERNLOGD. */
    private static final int OR_AND = 0xF8;

    /** On the stack: the factors of 16 times 32 activations, their scales, and sums of 32 or of both halves. */
    private static final int FACTORS = 0;
    private static final int SCALES = VECTOR_BYTES;
    private static final int SUMS = 2 * VECTOR_BYTES;
    private static final int ROOM = 4 * VECTOR_BYTES;

    private static final int MOMENT = 16;
    private static final int OTHER = 17;
    private static final int FACTOR = 18;
    private static final int SCALE = 19;
    private static final int CONSTANT = 24;
    private static final int GREATEST = 25;
    private static final int MAGNITUDE = 26;
    private static final int LOW_WORD = 27;
    private static final int HALF = 28;
    private static final int ZERO_POINTS = 29;

    private final Assembler assembler = new Assembler();
    private final IntegerBlocks format;
    private final IntegerLayout layout;
    private final boolean words;

    private RoundCode(IntegerBlocks format, boolean words) {
        this.format = format;
        this.layout = format.layout();
        this.words = words;
    }

    /** @param words pairs of words for {@link IntegerTileCode}, of one chunk, rather than bytes for {@link IntegerDotCode} */
    static byte[] emit(IntegerBlocks format, boolean words) {
        return new RoundCode(format, words).emit();
    }

    private byte[] emit() {
        Frame.enter(assembler, ROOM);
        assembler.loadPool(POOL);
        assembler.add(INPUT, Address.at(ARGUMENTS, Arguments.X_OFFSET));
        assembler.add(OUTPUT, Address.at(ARGUMENTS, Arguments.Y_OFFSET));
        assembler.load(COUNT, Address.at(ARGUMENTS, Arguments.GROUPS));
        all(GREATEST, Float.floatToRawIntBits(IntegerLayout.GREATEST));
        all(MAGNITUDE, Integer.MAX_VALUE);
        all(LOW_WORD, 0xFFFF);
        all(HALF, 1 << 7);
        all(ZERO_POINTS, (layout.minima() ? 1 : format.zeroPoint()) * 0x01010101);
        Assembler.Label group = assembler.here();
        scales();
        if (words) {
            words();
        } else {
            for (int block = 0; block < BLOCKS; block++) {
                bytes(block);
            }
            additions();
        }
        assembler.addConstant(INPUT, BLOCKS * BLOCK_BYTES);
        assembler.addConstant(OUTPUT, groups() * (words ? layout.wordsBlock() : layout.bytesGroup()));
        assembler.decrement(COUNT);
        assembler.jump(Assembler.NOT_EQUAL, group);
        Frame.leave(assembler, ROOM);
        return assembler.finish();
    }

    private void all(int register, int value) {
        int[] lanes = new int[X86Layout.LANES];
        Arrays.fill(lanes, value);
        assembler.vector(Instructions.VMOVUPS, register, 0, Address.at(POOL, assembler.constant(lanes)));
    }

    /** Magnitudes are compared as integers, for which infinities and NaN are the greatest. */
    private void scales() {
        for (int block = 0; block < BLOCKS; block++) {
            Address at = Address.at(INPUT, block * BLOCK_BYTES);
            assembler.vector(Instructions.VPANDD, block, MAGNITUDE, at);
            assembler.vector(Instructions.VPANDD, MOMENT, MAGNITUDE, at.plus(VECTOR_BYTES));
            assembler.vector(Instructions.VPMAXSD, block, block, MOMENT);
        }
        merge(Instructions.VPMAXSD);
        assembler.vector(Instructions.VPXORD, FACTOR, FACTOR, FACTOR);
        assembler.vector(Instructions.VPXORD, SCALE, SCALE, SCALE);
        all(CONSTANT, Float.floatToRawIntBits(0x1p-100f));
        assembler.vector(Instructions.VPCMPGTD, LARGE, 0, CONSTANT);
        assembler.merge(Instructions.VDIVPS, 512, LARGE, FACTOR, GREATEST, 0);
        assembler.merge(Instructions.VDIVPS, 512, LARGE, SCALE, 0, GREATEST);
        // nothing is added unless it is not finite
        assembler.vector(Instructions.VPXORD, MOMENT, MOMENT, MOMENT);
        assembler.vector(Instructions.VFMADD231PS, SCALE, MOMENT, 0);
        assembler.vector(Instructions.VMOVUPS_STORE, FACTOR, 0, Address.at(Assembler.RSP, FACTORS));
        assembler.vector(Instructions.VMOVUPS_STORE, SCALE, 0, Address.at(Assembler.RSP, SCALES));
        if (!words) {
            for (int group = 0; group < groups(); group++) {
                int[] order = layout.order();
                for (int lane = 0; lane < order.length; lane++) {
                    order[lane] = (group * X86Layout.LANES + order[lane]) / groups();
                }
                assembler.vector(Instructions.VMOVUPS, CONSTANT, 0, Address.at(POOL, assembler.constant(order)));
                assembler.vector(Instructions.VPERMD, CONSTANT, CONSTANT, SCALE);
                assembler.vector(Instructions.VMOVUPS_STORE, CONSTANT, 0, group(group, layout.bytesScales()));
            }
        }
    }

    private int groups() {
        return IntegerLayout.ROUNDED / layout.group();
    }

    private Address group(int group, int offset) {
        return Address.at(OUTPUT, group * layout.bytesGroup() + offset);
    }

    /** Sixteen vectors, the lanes of each put together, to the lanes of the first register. */
    private void merge(Opcode operation) {
        for (int i = 0; i < BLOCKS; i += 2) {
            pair(Instructions.VUNPCKLPS, Instructions.VUNPCKHPS, operation, i, i, i + 1);
        }
        for (int i = 0; i < BLOCKS; i += 4) {
            pair(Instructions.VUNPCKLPD, Instructions.VUNPCKHPD, operation, i, i, i + 2);
        }
        quarters(operation, 0, 0, 4);
        quarters(operation, 8, 8, 12);
        quarters(operation, 0, 0, 8);
    }

    private void pair(
            Opcode low, Opcode high, Opcode both, int to, int first, int second) {
        assembler.vector(low, MOMENT, first, second);
        assembler.vector(high, OTHER, first, second);
        assembler.vector(both, to, MOMENT, OTHER);
    }

    private void quarters(Opcode operation, int to, int first, int second) {
        assembler.immediate(Instructions.VSHUFF32X4, MOMENT, first, second, EVEN);
        assembler.immediate(Instructions.VSHUFF32X4, OTHER, first, second, ODD);
        assembler.vector(operation, to, MOMENT, OTHER);
    }

    /** Half a block as integers of 32 bits. */
    private void integers(int to, int block, int half) {
        Address at = Address.at(INPUT, block * BLOCK_BYTES + half * VECTOR_BYTES);
        assembler.vector(Instructions.VMOVUPS, to, 0, at);
        assembler.broadcast(Instructions.VMULPS, to, to, Address.at(Assembler.RSP, FACTORS + block * Float.BYTES));
        assembler.vector(Instructions.VCVTPS2DQ, to, 0, to);
    }

    private void words() {
        if (format.distantPairs()) {
            for (int block = 0; block < BLOCKS; block++) {
                distant(block);
            }
        } else {
            for (int half = 0; half < 2; half++) {
                half(half);
            }
        }
        numbers();
    }

    private void distant(int block) {
        int low = 2 * (block % 4);
        int high = low + 1;
        integers(low, block, 0);
        integers(high, block, 1);
        assembler.shift(Instructions.SHIFT_INTS, Instructions.LEFT, 512, high, high, Short.SIZE);
        assembler.immediate(Instructions.VPTERNLOGD, high, low, LOW_WORD, OR_AND);
        assembler.vector(Instructions.VMOVUPS_STORE, high, 0, place(2 * block));
    }

    /** The first halves of all 32, or the second, and their sums: those of two halves together if they are one block. */
    private void half(int half) {
        for (int block = 0; block < BLOCKS; block++) {
            integers(block, block, half);
            assembler.vector(Instructions.VPMOVDW, block, 0, place(2 * block + half));
        }
        if (!layout.minima()) {
            return;
        }
        merge(Instructions.VPADDD);
        int at = SUMS + (layout.parts() == 1 ? half * VECTOR_BYTES : 0);
        if (layout.parts() == 2 && half == 0) {
            assembler.vector(Instructions.VMOVUPS_STORE, 0, 0, Address.at(Assembler.RSP, at));
            return;
        }
        if (layout.parts() == 2) {
            assembler.vector(Instructions.VPADDD, 0, 0, Address.at(Assembler.RSP, at));
        }
        assembler.vector(Instructions.VCVTDQ2PS, 0, 0, 0);
        assembler.vector(Instructions.VMULPS, 0, 0, Address.at(Assembler.RSP, SCALES));
        assembler.vector(Instructions.VMOVUPS_STORE, 0, 0, Address.at(Assembler.RSP, at));
    }

    /** Where the words of a half of 32 go. */
    private Address place(int half) {
        int columns = half * HALF_COLUMNS;
        int block = columns / layout.block();
        int lane = X86Layout.slot(block % X86Layout.LANES) * layout.wordsLane();
        int within = columns % layout.block() * Short.BYTES;
        return Address.at(OUTPUT, lane + block / X86Layout.LANES * layout.wordsBlock() + within);
    }

    /** The scales behind the words, and the sums. */
    private void numbers() {
        for (int half = 0; half < 2 * BLOCKS; half += layout.parts()) {
            int at = half / 2 * Float.BYTES;
            Address to = place(half).plus(layout.wordsScale());
            assembler.loadInt(Assembler.RBX, Address.at(Assembler.RSP, SCALES + at));
            assembler.storeInt(to, Assembler.RBX);
            if (layout.minima()) {
                int sum = SUMS + half % 2 * VECTOR_BYTES + at;
                assembler.loadInt(Assembler.RBX, Address.at(Assembler.RSP, sum));
                assembler.storeInt(to.plus(Float.BYTES), Assembler.RBX);
            }
        }
    }

    /** The lower byte, as a signed one, and what is left of the number without it. */
    private void bytes(int block) {
        for (int half = 0; half < 2; half++) {
            int x = 2 * (block % 4) + half;
            integers(x, block, half);
            int columns = block * IntegerLayout.ROUNDED / BLOCKS + half * HALF_COLUMNS;
            int sixteenth = columns % layout.group() / HALF_COLUMNS;
            Address to = group(columns / layout.group(), layout.upper(sixteenth));
            assembler.vector(Instructions.VPMOVDB_STORE, x, 0, to.plus(layout.toLower()));
            assembler.vector(Instructions.VPADDD, x, x, HALF);
            assembler.shift(Instructions.SHIFT_INTS, Instructions.RIGHT, 512, x, x, Byte.SIZE);
            assembler.vector(Instructions.VPMOVDB_STORE, x, 0, to);
        }
    }

    /**
     * Weights are multiplied as they are stored, without a sign: the zero point times the sum of so many activations is too
     * much. Where weights have minima, these are multiplied with the sum, scaled.
     */
    private void additions() {
        for (int group = 0; group < groups(); group++) {
            for (int four = 0; four < FOURS; four++) {
                IntegerDotCode.products(
                        assembler, layout.parts(), four, ZERO_POINTS, ZERO_POINTS, group(group, four * layout.four()));
            }
            pair(Instructions.VUNPCKLPS, Instructions.VUNPCKHPS, Instructions.VPADDD, 0, 0, 1);
            pair(Instructions.VUNPCKLPS, Instructions.VUNPCKHPS, Instructions.VPADDD, 2, 2, 3);
            pair(Instructions.VUNPCKLPD, Instructions.VUNPCKHPD, Instructions.VPADDD, 0, 0, 2);
            if (layout.minima()) {
                assembler.vector(Instructions.VCVTDQ2PS, 0, 0, 0);
                assembler.vector(Instructions.VMULPS, 0, 0, group(group, layout.bytesScales()));
            } else {
                assembler.vector(Instructions.VPXORD, 1, 1, 1);
                assembler.vector(Instructions.VPSUBD, 0, 1, 0);
            }
            assembler.vector(Instructions.VMOVUPS_STORE, 0, 0, group(group, layout.additions()));
        }
    }
}
