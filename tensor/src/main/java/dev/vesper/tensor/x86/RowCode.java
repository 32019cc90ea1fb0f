package dev.vesper.tensor.x86;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/**
 * What the code of a format sees of the loop around it: some rows of weights at once, each with a few vector registers and
 * a little memory of its own.
 *
 * <p>Vector registers: 0 to 7 sums, 8 to 11 activations, 12 the weights, 13 and 14 free for a moment, 15 to 18 and 31
 * constants of the format, from 19 on three for each row. Sums and activations that are not used hold constants, too.
 */
final class RowCode {
    static final int MOST_ROWS = 4;
    static final int WEIGHTS = 12;
    static final int MOMENT = 13;
    static final int OTHER_MOMENT = 14;
    /** Bytes of memory for each row. */
    static final int ROOM = 256;

    /** Integer registers: the first row, and the constants. */
    static final int FIRST_ROW = DotLoop.FIRST_ROW;
    static final int POOL = DotLoop.POOL;

    private static final int[] FOR_CONSTANTS = {15, 16, 17, 18, 31};
    private static final int FIRST_ACTIVATION = 8;
    private static final int STATE = 19;
    private static final int STATES = 3;

    final Assembler assembler;
    private final int blockBytes;
    private final Deque<Integer> free = new ArrayDeque<>();
    private int block;

    /** @param sums vector registers that the loop takes for sums, and for activations */
    RowCode(Assembler assembler, int blockBytes, int sums, int activations) {
        this.assembler = assembler;
        this.blockBytes = blockBytes;
        for (int register : FOR_CONSTANTS) {
            free.add(register);
        }
        for (int register = sums; register < WEIGHTS; register++) {
            if (register < FIRST_ACTIVATION || register >= FIRST_ACTIVATION + activations) {
                free.add(register);
            }
        }
    }

    /** From now on offsets count from this block after the one that the row's register points to. */
    void block(int block) {
        this.block = block;
    }

    /** So many bytes into the block of a row. */
    Address at(int row, int offset) {
        int displacement = block * blockBytes + offset;
        return DotLoop.row(row).plus(displacement);
    }

    /** A register of a row, 0 to 2. */
    int state(int row, int index) {
        return STATE + STATES * row + index;
    }

    /** Memory of a row. */
    Address room(int row, int offset) {
        return Address.at(Assembler.RSP, ROOM * row + offset);
    }

    /** A register that holds these lanes during the whole loop. */
    int keep(float... lanes) {
        return load(assembler.constant(lanes));
    }

    /** As {@link #keep(float...)}, for integers. */
    int keepBits(int... lanes) {
        return load(assembler.constant(lanes));
    }

    private int load(int place) {
        if (free.isEmpty()) {
            throw new IllegalStateException("no register is left for a constant");
        }
        int register = free.remove();
        assembler.vector(Instructions.VMOVUPS, register, 0, Address.at(POOL, place));
        return register;
    }

    /** Registers that {@link #keep} can still give. */
    int left() {
        return free.size();
    }

    int keep(int value) {
        float[] lanes = new float[16];
        Arrays.fill(lanes, Float.intBitsToFloat(value));
        return keep(lanes);
    }

    /** An operand in memory with these lanes. */
    Address constant(int... lanes) {
        return Address.at(POOL, assembler.constant(lanes));
    }

    /** A half-precision number in all lanes of {@code to}. */
    void broadcastHalf(int to, Address from) {
        assembler.narrow(Instructions.VPBROADCASTW, 256, to, 0, from);
        assembler.vector(Instructions.VCVTPH2PS, to, 0, to);
    }
}
