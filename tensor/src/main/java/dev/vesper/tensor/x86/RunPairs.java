package dev.vesper.tensor.x86;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

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

    /** Every second scale for numbers that lie in the upper halves of bytes, and are sixteen times as large there. */
    private static final float[] UPPER_HALVES = {
        1, 0x1p-4f, 1, 0x1p-4f, 1, 0x1p-4f, 1, 0x1p-4f, 1, 1, 1, 1, 1, 1, 1, 1
    };

    private final boolean upperHalves;
    private final List<Operand> operands = new ArrayList<>();

    /** @param upperHalves whether the odd runs stay in the upper halves of their bytes */
    RunPairs(boolean upperHalves) {
        this.upperHalves = upperHalves;
    }

    /** Constants: in registers as long as there are any. */
    private record Operand(int register, int place) {
        void second(Assembler assembler, Opcode operation, int to, int first) {
            if (register < 0) {
                assembler.vector(operation, to, first, Address.at(RowCode.POOL, place));
            } else {
                assembler.vector(operation, to, first, register);
            }
        }

        /** As the first operand, which must be a register. */
        void first(Assembler assembler, Opcode operation, int to, int second) {
            if (register < 0) {
                assembler.vector(Instructions.VMOVUPS, to, 0, Address.at(RowCode.POOL, place));
                assembler.vector(operation, to, to, second);
            } else {
                assembler.vector(operation, to, register, second);
            }
        }
    }

    private static int[] fours(int first, int second, int third, int fourth) {
        int[] lanes = new int[16];
        Arrays.fill(lanes, 0, 4, first);
        Arrays.fill(lanes, 4, 8, second);
        Arrays.fill(lanes, 8, 12, third);
        Arrays.fill(lanes, 12, 16, fourth);
        return lanes;
    }

    /** Called once before the loop, after the constants of the format itself. */
    void prepare(RowCode rows) {
        operands.clear();
        for (int[] lanes : new int[][] {LOWER, UPPER, FACTORS, LOWER_SHIFT, LOWER_MASK, UPPER_MASK}) {
            int place = rows.assembler.constant(lanes);
            operands.add(new Operand(rows.left() > 0 ? rows.keepBits(lanes) : -1, place));
        }
        operands.add(new Operand(-1, rows.assembler.constant(UPPER_HALVES)));
    }

    /** Uses the registers of the moment and the one at {@code spare}. */
    void emit(RowCode rows, int row, int spare) {
        Assembler assembler = rows.assembler;
        int bytes = RowCode.WEIGHTS;
        int lower = RowCode.MOMENT;
        int upper = RowCode.OTHER_MOMENT;
        assembler.vector(Instructions.VPMOVZXBD, bytes, 0, rows.at(row, 0));
        operands.get(0).first(assembler, Instructions.VPERMD, lower, bytes);
        operands.get(3).second(assembler, Instructions.VPSRLVD, lower, lower);
        operands.get(4).second(assembler, Instructions.VPANDD, lower, lower);
        operands.get(1).first(assembler, Instructions.VPERMD, upper, bytes);
        assembler.shift(Instructions.SHIFT_INTS, Instructions.RIGHT, 512, upper, upper, 2);
        operands.get(5).second(assembler, Instructions.VPANDD, upper, upper);
        assembler.vector(Instructions.VPORD, upper, upper, lower);
        assembler.vector(Instructions.VCVTDQ2PS, upper, 0, upper);
        assembler.narrow(Instructions.VPBROADCASTD, 256, spare, 0, rows.at(row, 0));
        assembler.vector(Instructions.VCVTPH2PS, spare, 0, spare);
        operands.get(2).first(assembler, Instructions.VPERMPS, lower, spare);
        assembler.vector(Instructions.VMULPS, upper, upper, lower);
        if (upperHalves) {
            operands.get(6).second(assembler, Instructions.VMULPS, upper, upper);
        }
        assembler.vector(Instructions.VMOVUPS_STORE, upper, 0, rows.room(row, 0));
    }
}
