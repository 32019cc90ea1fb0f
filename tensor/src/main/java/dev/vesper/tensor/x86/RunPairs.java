package dev.vesper.tensor.x86;

import java.util.Arrays;

/**
 * The eight scales and eight minima of a block of {@code Q4_K} or {@code Q5_K}, all at once: from the first 16 bytes of the
 * block, which are d, dMin and three words of six-bit numbers ({@code ScalePairs} draws them), to floats in the memory
 * of the row.
 */
final class RunPairs {
    /** Bytes from a scale to its minimum. */
    static final int TO_MINIMUM = 32;

    private static final int[] LOWER = {4, 5, 6, 7, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15};
    private static final int[] UPPER = {4, 5, 6, 7, 4, 5, 6, 7, 8, 9, 10, 11, 8, 9, 10, 11};
    private static final int[] LOWER_SHIFT = fours(0, 0, 0, 4);
    private static final int[] LOWER_MASK = fours(0x3F, 0x0F, 0x3F, 0x0F);
    private static final int[] UPPER_MASK = fours(0, 0x30, 0, 0x30);
    /** d for the scales, dMin for the minima. */
    private static final int[] FACTORS = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1};
    /** {@code a & b | c}. */
    private static final int AND_OR = 0xEA;

    private RunPairs() {}

    private static int[] fours(int first, int second, int third, int fourth) {
        int[] lanes = new int[16];
        Arrays.fill(lanes, 0, 4, first);
        Arrays.fill(lanes, 4, 8, second);
        Arrays.fill(lanes, 8, 12, third);
        Arrays.fill(lanes, 12, 16, fourth);
        return lanes;
    }

    /** Uses the registers of the moment and the one at {@code spare}. */
    static void emit(RowCode rows, int row, int spare) {
        Assembler assembler = rows.assembler;
        int bytes = RowCode.WEIGHTS;
        int lower = RowCode.MOMENT;
        int upper = RowCode.OTHER_MOMENT;
        assembler.vector(Instructions.VPMOVZXBD, bytes, 0, rows.at(row, 0));
        assembler.vector(Instructions.VMOVUPS, lower, 0, rows.constant(LOWER));
        assembler.vector(Instructions.VPERMD, lower, lower, bytes);
        assembler.vector(Instructions.VPSRLVD, lower, lower, rows.constant(LOWER_SHIFT));
        assembler.vector(Instructions.VPANDD, lower, lower, rows.constant(LOWER_MASK));
        assembler.vector(Instructions.VMOVUPS, upper, 0, rows.constant(UPPER));
        assembler.vector(Instructions.VPERMD, upper, upper, bytes);
        assembler.shift(Instructions.SHIFT_INTS, Instructions.RIGHT, 512, upper, upper, 2);
        assembler.vector(Instructions.VMOVUPS, bytes, 0, rows.constant(UPPER_MASK));
        assembler.immediate(Instructions.VPTERNLOGD, upper, bytes, lower, AND_OR);
        assembler.vector(Instructions.VCVTDQ2PS, upper, 0, upper);
        assembler.narrow(Instructions.VPBROADCASTD, 256, spare, 0, rows.at(row, 0));
        assembler.vector(Instructions.VCVTPH2PS, spare, 0, spare);
        assembler.vector(Instructions.VMOVUPS, lower, 0, rows.constant(FACTORS));
        assembler.vector(Instructions.VPERMPS, lower, lower, spare);
        assembler.vector(Instructions.VMULPS, upper, upper, lower);
        assembler.vector(Instructions.VMOVUPS_STORE, upper, 0, rows.room(row, 0));
    }
}
