package dev.vesper.tensor.x86;

import dev.vesper.tensor.Format;

/**
 * {@link Format#Q5_K}: eight runs of 32 with a scale and a minimum each. Two runs at a time are put together as bytes in
 * the memory of the row, long before their vectors are loaded from there: what was stored a moment ago comes late.
 */
final class Q5_KCode implements BlockCode {
    private static final int SCALE = 0;
    private static final int FIFTH_BITS = 16;
    private static final int NIBBLES = 48;
    private static final int RUN = 32;
    /** {@code a & b | c}. */
    private static final int AND_OR = 0xEA;
    /** Of two runs, which lie one behind the other in a register. */
    private static final int[] NIBBLE_SHIFTS = {0, 0, 0, 0, 0, 0, 0, 0, 4, 4, 4, 4, 4, 4, 4, 4};
    /** In the memory of the row, behind the scales and minima, where three groups of 64 elements have room. */
    private static final int BYTES_AT = 64;
    private static final int GROUP = 64;
    private static final int VECTORS = 4;
    private static final int GROUPS_AT_ONCE = 3;

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
        nibbles = rows.keep(0x0F0F0F0F);
        fifth = rows.keep(0x10101010);
    }

    @Override
    public void begin(RowCode rows, int row) {
        RunPairs.emit(rows, row, rows.state(row, SCALE));
        for (int group = 0; group < GROUPS_AT_ONCE; group++) {
            bytes(rows, row, group);
        }
    }

    private void bytes(RowCode rows, int row, int group) {
        Assembler assembler = rows.assembler;
        int pairs = RowCode.MOMENT;
        int fifths = RowCode.OTHER_MOMENT;
        assembler.vector(Instructions.VBROADCASTI64X4, pairs, 0, rows.at(row, NIBBLES + RUN * group));
        assembler.vector(Instructions.VPSRLVD, pairs, pairs, rows.constant(NIBBLE_SHIFTS));
        assembler.vector(Instructions.VBROADCASTI64X4, fifths, 0, rows.at(row, FIFTH_BITS));
        assembler.vector(Instructions.VPROLVD, fifths, fifths, rows.constant(fifthRotations(group)));
        assembler.vector(Instructions.VPANDD, pairs, pairs, nibbles);
        assembler.immediate(Instructions.VPTERNLOGD, fifths, fifth, pairs, AND_OR);
        assembler.vector(Instructions.VMOVUPS_STORE, fifths, 0, rows.room(row, BYTES_AT + GROUP * (group % GROUPS_AT_ONCE)));
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
        if (index == VECTORS) {
            bytes(rows, row, GROUPS_AT_ONCE);
        }
        int scale = rows.state(row, SCALE);
        int run = index / 2 * Float.BYTES;
        if (index % 2 == 0) {
            assembler.vector(Instructions.VBROADCASTSS, scale, 0, rows.room(row, run));
        }
        assembler.vector(Instructions.VPMOVZXBD, to, 0, rows.room(row, BYTES_AT + 16 * (index % (VECTORS * GROUPS_AT_ONCE))));
        assembler.vector(Instructions.VCVTDQ2PS, to, 0, to);
        assembler.broadcast(Instructions.VFMSUB213PS, to, scale, rows.room(row, run + RunPairs.TO_MINIMUM));
    }
}
