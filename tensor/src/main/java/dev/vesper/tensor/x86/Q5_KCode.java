package dev.vesper.tensor.x86;

import dev.vesper.tensor.Format;

/**
 * {@link Format#Q5_K}: eight runs of 32 with a scale and a minimum each. Two runs at a time are put together as bytes
 * in the memory of the row, long before their vectors are loaded from there: what was stored a moment ago comes late.
 */
final class Q5_KCode implements BlockCode {
    private static final int SCALE = 0;
    private static final int MINIMUM = 1;
    private static final int FIFTHS = 2;
    private static final int FIFTH_BITS = 16;
    private static final int NIBBLES = 48;
    private static final int RUN = 32;
    /** {@code a | b & c}. */
    private static final int OR_AND = 0xF8;
    /** Of two runs, which lie one behind the other in a register. */
    private static final int[] NIBBLE_SHIFTS = {0, 0, 0, 0, 0, 0, 0, 0, 4, 4, 4, 4, 4, 4, 4, 4};
    /** Brings the bits of the first two runs to where the fifth bit of a byte is. */
    private static final int[] FIFTH_ROTATIONS = {4, 4, 4, 4, 4, 4, 4, 4, 3, 3, 3, 3, 3, 3, 3, 3};
    /** In the memory of the row, behind the scales and minima, where three groups of 64 elements have room. */
    private static final int BYTES_AT = 64;
    private static final int GROUP = 64;
    private static final int VECTORS = 4;
    private static final int GROUPS_AT_ONCE = 3;

    private final RunPairs pairs = new RunPairs(false);
    private int shifts;
    private int nibbles;
    private int fifth;

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
        shifts = rows.keepBits(NIBBLE_SHIFTS);
        nibbles = rows.keep(0x0F0F0F0F);
        fifth = rows.keep(0x10101010);
        pairs.prepare(rows);
    }

    @Override
    public void begin(RowCode rows, int row) {
        int fifths = rows.state(row, FIFTHS);
        pairs.emit(rows, row, fifths);
        rows.assembler.vector(Instructions.VBROADCASTI64X4, fifths, 0, rows.at(row, FIFTH_BITS));
        rows.assembler.vector(Instructions.VPROLVD, fifths, fifths, rows.constant(FIFTH_ROTATIONS));
        for (int group = 0; group < GROUPS_AT_ONCE; group++) {
            bytes(rows, row, group);
        }
    }

    private void bytes(RowCode rows, int row, int group) {
        Assembler assembler = rows.assembler;
        int pairs = RowCode.MOMENT;
        int fifths = rows.state(row, FIFTHS);
        if (group > 0) {
            assembler.shift(Instructions.SHIFT_INTS, Instructions.ROTATE_RIGHT, 512, fifths, fifths, 2);
        }
        assembler.vector(Instructions.VBROADCASTI64X4, pairs, 0, rows.at(row, NIBBLES + RUN * group));
        assembler.vector(Instructions.VPSRLVD, pairs, pairs, shifts);
        assembler.vector(Instructions.VPANDD, pairs, pairs, nibbles);
        assembler.immediate(Instructions.VPTERNLOGD, pairs, fifths, fifth, OR_AND);
        assembler.vector(
                Instructions.VMOVUPS_STORE, pairs, 0, rows.room(row, BYTES_AT + GROUP * (group % GROUPS_AT_ONCE)));
    }

    @Override
    public void vector(RowCode rows, int row, int index, int to) {
        Assembler assembler = rows.assembler;
        if (index == VECTORS) {
            bytes(rows, row, GROUPS_AT_ONCE);
        }
        int scale = rows.state(row, SCALE);
        int minimum = rows.state(row, MINIMUM);
        if (index % 2 == 0) {
            int run = index / 2 * Float.BYTES;
            assembler.vector(Instructions.VBROADCASTSS, scale, 0, rows.room(row, run));
            assembler.vector(Instructions.VBROADCASTSS, minimum, 0, rows.room(row, run + RunPairs.TO_MINIMUM));
        }
        assembler.vector(
                Instructions.VPMOVZXBD, to, 0, rows.room(row, BYTES_AT + 16 * (index % (VECTORS * GROUPS_AT_ONCE))));
        assembler.vector(Instructions.VCVTDQ2PS, to, 0, to);
        assembler.vector(Instructions.VFMSUB213PS, to, scale, minimum);
    }
}
