package dev.vesper.tensor.x86;

/** The sixteen scales of a block of {@code Q3_K}, six bits each: a nibble in eight bytes, an upper pair of bits in four. */
final class Q3_KScales {
    private static final int D = 108;
    /** Sixteen bytes with all bits of scales among them, up to the end of the block. */
    private static final int BYTES = 94;
    /** Which of these bytes has the lower, which the upper bits of a scale, and where. */
    private static final int[] LOWER = {2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5, 6, 7, 8, 9};
    private static final int[] SHIFTS = {0, 0, 0, 0, 0, 0, 0, 0, 4, 4, 4, 4, 4, 4, 4, 4};
    private static final int[] UPPER = {10, 11, 12, 13, 10, 11, 12, 13, 10, 11, 12, 13, 10, 11, 12, 13};
    private static final int[] ROTATIONS = {4, 4, 4, 4, 2, 2, 2, 2, 0, 0, 0, 0, 30, 30, 30, 30};
    private static final int MIDDLE = 32;

    private Q3_KScales() {}

    /**
     * Puts them, times d, into {@code to}.
     *
     * @param at where the block begins
     * @param blocks which lane has the scale of which sixteen
     */
    static void emit(Pool pool, Address at, int to, int lower, int bytes, int[] blocks) {
        Assembler assembler = pool.assembler();
        assembler.vector(Instructions.VPMOVZXBD, bytes, 0, at.plus(BYTES));
        assembler.vector(Instructions.VMOVUPS, lower, 0, pool.of(LOWER, blocks));
        assembler.vector(Instructions.VPERMD, lower, lower, bytes);
        assembler.vector(Instructions.VPSRLVD, lower, lower, pool.of(SHIFTS, blocks));
        assembler.vector(Instructions.VPANDD, lower, lower, pool.all(0x0F));
        assembler.vector(Instructions.VMOVUPS, to, 0, pool.of(UPPER, blocks));
        assembler.vector(Instructions.VPERMD, to, to, bytes);
        assembler.vector(Instructions.VPROLVD, to, to, pool.of(ROTATIONS, blocks));
        assembler.vector(Instructions.VPANDD, to, to, pool.all(0x30));
        assembler.vector(Instructions.VPORD, to, to, lower);
        assembler.vector(Instructions.VPSUBD, to, to, pool.all(MIDDLE));
        assembler.vector(Instructions.VCVTDQ2PS, to, 0, to);
        assembler.narrow(Instructions.VPBROADCASTW, 256, lower, 0, at.plus(D));
        assembler.vector(Instructions.VCVTPH2PS, lower, 0, lower);
        assembler.vector(Instructions.VMULPS, to, to, lower);
    }
}
