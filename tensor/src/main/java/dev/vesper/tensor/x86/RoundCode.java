package dev.vesper.tensor.x86;

import java.util.Arrays;

/**
 * Emits the rounding of activations to integers of 16 bits, 16 blocks of 32 at a time. With m the greatest magnitude of a
 * block, its scale is m / {@link IntegerLayout#GREATEST}, and its integers are x * (GREATEST / m) to the nearest, even ones
 * of two. Blocks that have nothing above 2^-100 become zeros. The scale of a block that has a NaN or an infinity is NaN,
 * and so is every sum that it is part of.
 *
 * <p>Called with the activations in rsi, the place to write to in rdx, and {@link Arguments} in rcx.
 */
final class RoundCode {
    private static final int INPUT = Assembler.RDI;
    private static final int OUTPUT = Assembler.RDX;
    private static final int ARGUMENTS = Assembler.RCX;
    private static final int COUNT = Assembler.RAX;
    private static final int POOL = Assembler.R15;

    private static final int BLOCKS = X86Layout.LANES;
    private static final int BLOCK_BYTES = IntegerLayout.BLOCK * Float.BYTES;
    private static final int VECTOR_BYTES = 64;
    private static final int QUADS = 4;
    private static final int EVEN = 0x88;
    private static final int ODD = 0xDD;
    private static final int LARGE = 1;
    /** {@code destination | first & second} of VPTERNLOGD. */
    private static final int OR_AND = 0xF8;
    private static final int ZERO_POINT = 8;

    /** On the stack: the factors of the blocks, and their scales. */
    private static final int FACTORS = 0;
    private static final int SCALES = VECTOR_BYTES;
    private static final int ROOM = 2 * VECTOR_BYTES;

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
    private final boolean words;

    private RoundCode(boolean words) {
        this.words = words;
    }

    /** @param words pairs of words for {@link IntegerTileCode}, of one chunk, rather than bytes for {@link IntegerDotCode} */
    static byte[] emit(boolean words) {
        return new RoundCode(words).emit();
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
        all(ZERO_POINTS, ZERO_POINT * 0x01010101);
        Assembler.Label group = assembler.here();
        scales();
        for (int block = 0; block < BLOCKS; block++) {
            if (words) {
                words(block);
            } else {
                bytes(block);
            }
        }
        if (!words) {
            corrections();
        }
        assembler.addConstant(INPUT, BLOCKS * BLOCK_BYTES);
        assembler.addConstant(OUTPUT, words ? IntegerLayout.WORDS_BLOCK : IntegerLayout.BYTES_GROUP);
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
        for (int i = 0; i < BLOCKS; i += 2) {
            pair(Instructions.VUNPCKLPS, Instructions.VUNPCKHPS, Instructions.VPMAXSD, i, i, i + 1);
        }
        for (int i = 0; i < BLOCKS; i += 4) {
            pair(Instructions.VUNPCKLPD, Instructions.VUNPCKHPD, Instructions.VPMAXSD, i, i, i + 2);
        }
        quarters(0, 0, 4);
        quarters(8, 8, 12);
        quarters(0, 0, 8);
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
        if (words) {
            assembler.vector(Instructions.VMOVUPS_STORE, SCALE, 0, Address.at(Assembler.RSP, SCALES));
        } else {
            int order = assembler.constant(IntegerDotCode.order());
            assembler.vector(Instructions.VMOVUPS, CONSTANT, 0, Address.at(POOL, order));
            assembler.vector(Instructions.VPERMD, SCALE, CONSTANT, SCALE);
            assembler.vector(Instructions.VMOVUPS_STORE, SCALE, 0, Address.at(OUTPUT, IntegerLayout.BYTES_SCALES));
        }
    }

    private void pair(
            Opcode low, Opcode high, Opcode both, int to, int first, int second) {
        assembler.vector(low, MOMENT, first, second);
        assembler.vector(high, OTHER, first, second);
        assembler.vector(both, to, MOMENT, OTHER);
    }

    private void quarters(int to, int first, int second) {
        assembler.immediate(Instructions.VSHUFF32X4, MOMENT, first, second, EVEN);
        assembler.immediate(Instructions.VSHUFF32X4, OTHER, first, second, ODD);
        assembler.vector(Instructions.VPMAXSD, to, MOMENT, OTHER);
    }

    /** Half a block as integers of 32 bits. */
    private void integers(int to, int block, int half) {
        Address at = Address.at(INPUT, block * BLOCK_BYTES + half * VECTOR_BYTES);
        assembler.vector(Instructions.VMOVUPS, to, 0, at);
        assembler.broadcast(Instructions.VMULPS, to, to, Address.at(Assembler.RSP, FACTORS + block * Float.BYTES));
        assembler.vector(Instructions.VCVTPS2DQ, to, 0, to);
    }

    private void words(int block) {
        int low = 2 * (block % 4);
        int high = low + 1;
        integers(low, block, 0);
        integers(high, block, 1);
        assembler.shift(Instructions.SHIFT_INTS, Instructions.LEFT, 512, high, high, Short.SIZE);
        assembler.immediate(Instructions.VPTERNLOGD, high, low, LOW_WORD, OR_AND);
        Address to = Address.at(OUTPUT, X86Layout.slot(block) * IntegerLayout.WORDS_LANE);
        assembler.vector(Instructions.VMOVUPS_STORE, high, 0, to);
        assembler.loadInt(Assembler.RBX, Address.at(Assembler.RSP, SCALES + block * Float.BYTES));
        assembler.storeInt(to.plus(2 * IntegerLayout.BLOCK), Assembler.RBX);
    }

    /** The lower byte, as a signed one, and what is left of the number without it. */
    private void bytes(int block) {
        for (int half = 0; half < 2; half++) {
            int x = 2 * (block % 4) + half;
            integers(x, block, half);
            Address to = Address.at(OUTPUT, block / QUADS * IntegerLayout.QUAD + block % QUADS * 16 + half * 64);
            assembler.vector(Instructions.VPMOVDB_STORE, x, 0, to.plus(IntegerLayout.QUAD / 2));
            assembler.vector(Instructions.VPADDD, x, x, HALF);
            assembler.shift(Instructions.SHIFT_INTS, Instructions.RIGHT, 512, x, x, Byte.SIZE);
            assembler.vector(Instructions.VPMOVDB_STORE, x, 0, to);
        }
    }

    /** Quanta are multiplied as they are stored, without a sign: the sum of so many activations is too much. */
    private void corrections() {
        for (int quad = 0; quad < QUADS; quad++) {
            IntegerDotCode.products(
                    assembler, quad, ZERO_POINTS, ZERO_POINTS, Address.at(OUTPUT, quad * IntegerLayout.QUAD));
        }
        pair(Instructions.VUNPCKLPS, Instructions.VUNPCKHPS, Instructions.VPADDD, 0, 0, 1);
        pair(Instructions.VUNPCKLPS, Instructions.VUNPCKHPS, Instructions.VPADDD, 2, 2, 3);
        pair(Instructions.VUNPCKLPD, Instructions.VUNPCKHPD, Instructions.VPADDD, 0, 0, 2);
        assembler.vector(Instructions.VPXORD, 1, 1, 1);
        assembler.vector(Instructions.VPSUBD, 0, 1, 0);
        assembler.vector(Instructions.VMOVUPS_STORE, 0, 0, Address.at(OUTPUT, IntegerLayout.CORRECTIONS));
    }
}
