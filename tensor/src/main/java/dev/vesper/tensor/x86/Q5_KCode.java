package dev.vesper.tensor.x86;

import dev.vesper.tensor.Format;

/**
 * {@link Format#Q5_K}: eight runs of 32 with a scale and a minimum each. Two runs at a time are put together as bytes in the
 * memory of the row; the 32 values of a run, q times scale less minimum, rounded once, are in two registers, out of which
 * they are picked.
 */
final class Q5_KCode implements BlockCode {
    private static final int LOWER = 0;
    private static final int UPPER = 1;
    private static final int FIFTH_BITS = 16;
    private static final int NIBBLES = 48;
    private static final int RUN = 32;
    /** {@code b ? a : c}. */
    private static final int SELECT = 0xE2;
    /** Of two runs, which lie one behind the other in a register. */
    private static final int[] NIBBLE_SHIFTS = {0, 0, 0, 0, 0, 0, 0, 0, 4, 4, 4, 4, 4, 4, 4, 4};
    /** In the memory of the row, behind the scales and minima. */
    private static final int BYTES_AT = 64;

    private int steps;
    private int upperSteps;
    private int nibbles;

    @Override
    public int elements() {
        return Format.Q5_K.blockSize();
    }

    @Override
    public int bytes() {
        return Format.Q5_K.blockBytes();
    }

    @Override
    public void prepare(RowCode rows) {
        steps = rows.keep(NibblePairs.numbers(0));
        upperSteps = rows.keep(NibblePairs.numbers(16));
        nibbles = rows.keep(0x0F0F0F0F);
    }

    @Override
    public void begin(RowCode rows, int row) {
        RunPairs.emit(rows, row, rows.state(row, LOWER));
    }

    /** Only the lower five bits of the bytes are those of elements. */
    private void bytes(RowCode rows, int row, int group) {
        Assembler assembler = rows.assembler;
        int pairs = RowCode.MOMENT;
        int fifths = RowCode.OTHER_MOMENT;
        assembler.vector(Instructions.VBROADCASTI64X4, pairs, 0, rows.at(row, NIBBLES + RUN * group));
        assembler.vector(Instructions.VPSRLVD, pairs, pairs, rows.constant(NIBBLE_SHIFTS));
        assembler.vector(Instructions.VBROADCASTI64X4, fifths, 0, rows.at(row, FIFTH_BITS));
        assembler.vector(Instructions.VPROLVD, fifths, fifths, rows.constant(fifthRotations(group)));
        assembler.immediate(Instructions.VPTERNLOGD, pairs, nibbles, fifths, SELECT);
        assembler.vector(Instructions.VMOVUPS_STORE, pairs, 0, rows.room(row, BYTES_AT));
    }

    /** Brings the bits of two runs to where the fifth bit of a byte is. */
    private static int[] fifthRotations(int group) {
        int[] lanes = new int[16];
        for (int lane = 0; lane < lanes.length; lane++) {
            lanes[lane] = 4 - 2 * group - lane / 8 & 31;
        }
        return lanes;
    }

    @Override
    public void vector(RowCode rows, int row, int index, int to) {
        Assembler assembler = rows.assembler;
        if (index % 4 == 0) {
            bytes(rows, row, index / 4);
        }
        int lower = rows.state(row, LOWER);
        int upper = rows.state(row, UPPER);
        if (index % 2 == 0) {
            int run = index / 2 * Float.BYTES;
            Address minimum = rows.room(row, run + RunPairs.TO_MINIMUM);
            assembler.vector(Instructions.VBROADCASTSS, lower, 0, rows.room(row, run));
            assembler.vector(Instructions.VBROADCASTSS, upper, 0, rows.room(row, run));
            assembler.broadcast(Instructions.VFMSUB213PS, lower, steps, minimum);
            assembler.broadcast(Instructions.VFMSUB213PS, upper, upperSteps, minimum);
        }
        assembler.vector(Instructions.VPMOVZXBD, to, 0, rows.room(row, BYTES_AT + 16 * (index % 4)));
        assembler.vector(Instructions.VPERMI2PS, to, lower, upper);
    }
}
