package dev.vesper.tensor.x86;

import dev.vesper.tensor.Format;

/**
 * {@link Format#Q6_K}: 128 bytes of lower nibbles, 64 bytes of upper pairs of bits, 16 scales, d. Half a block at a time
 * is put together as bytes in the memory of the row, from which each vector is loaded.
 */
final class Q6_KCode implements BlockCode {
    private static final int UPPER = 128;
    private static final int SCALES = 192;
    private static final int D = 208;
    private static final int HALF_VECTORS = 8;
    private static final int ZERO = 0x20202020;
    private static final int NIBBLES = 0x0F0F0F0F;
    private static final int PAIR = 0x30303030;
    /** {@code a & b | c}. */
    private static final int AND_OR = 0xEA;

    static final int[] TO_LEFT = {4, 4, 4, 4, 4, 4, 4, 4, 2, 2, 2, 2, 2, 2, 2, 2};
    static final int[] TO_RIGHT = {0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 2, 2, 2, 2, 2, 2};
    /** In the memory of the row, behind the scales. */
    private static final int BYTES_AT = 64;

    private int nibbles;
    private int pair;
    private int zero;

    @Override
    public int elements() {
        return Format.Q6_K.blockSize();
    }

    @Override
    public int bytes() {
        return Format.Q6_K.blockBytes();
    }

    @Override
    public void prepare(RowCode rows) {
        nibbles = rows.keep(NIBBLES);
        pair = rows.keep(PAIR);
        zero = rows.keep(ZERO);
    }

    @Override
    public void begin(RowCode rows, int row) {
        Assembler assembler = rows.assembler;
        rows.broadcastHalf(RowCode.OTHER_MOMENT, rows.at(row, D));
        assembler.vector(Instructions.VPMOVSXBD, RowCode.MOMENT, 0, rows.at(row, SCALES));
        assembler.vector(Instructions.VCVTDQ2PS, RowCode.MOMENT, 0, RowCode.MOMENT);
        assembler.vector(Instructions.VMULPS, RowCode.MOMENT, RowCode.MOMENT, RowCode.OTHER_MOMENT);
        assembler.vector(Instructions.VMOVUPS_STORE, RowCode.MOMENT, 0, rows.room(row, 0));
    }

    private void half(RowCode rows, int row, int half) {
        Assembler assembler = rows.assembler;
        int lower = RowCode.WEIGHTS;
        int upper = RowCode.MOMENT;
        int shifted = RowCode.OTHER_MOMENT;
        assembler.vector(Instructions.VMOVUPS, upper, 0, rows.at(row, 64 * half));
        assembler.vector(Instructions.VPANDD, lower, upper, nibbles);
        assembler.vector(Instructions.VBROADCASTI64X4, shifted, 0, rows.at(row, UPPER + 32 * half));
        assembler.vector(Instructions.VPSLLVD, shifted, shifted, rows.constant(TO_LEFT));
        assembler.immediate(Instructions.VPTERNLOGD, shifted, pair, lower, AND_OR);
        assembler.vector(Instructions.VPSUBB, shifted, shifted, zero);
        assembler.vector(Instructions.VMOVUPS_STORE, shifted, 0, rows.room(row, BYTES_AT));
        assembler.shift(Instructions.SHIFT_INTS, Instructions.RIGHT, 512, upper, upper, 4);
        assembler.vector(Instructions.VPANDD, upper, upper, nibbles);
        assembler.vector(Instructions.VBROADCASTI64X4, shifted, 0, rows.at(row, UPPER + 32 * half));
        assembler.vector(Instructions.VPSRLVD, shifted, shifted, rows.constant(TO_RIGHT));
        assembler.immediate(Instructions.VPTERNLOGD, shifted, pair, upper, AND_OR);
        assembler.vector(Instructions.VPSUBB, shifted, shifted, zero);
        assembler.vector(Instructions.VMOVUPS_STORE, shifted, 0, rows.room(row, BYTES_AT + 64));
    }

    @Override
    public void vector(RowCode rows, int row, int index, int to) {
        Assembler assembler = rows.assembler;
        if (index % HALF_VECTORS == 0) {
            half(rows, row, index / HALF_VECTORS);
        }
        assembler.vector(Instructions.VPMOVSXBD, to, 0, rows.room(row, BYTES_AT + 16 * (index % HALF_VECTORS)));
        assembler.vector(Instructions.VCVTDQ2PS, to, 0, to);
        assembler.broadcast(Instructions.VMULPS, to, to, rows.room(row, Float.BYTES * index));
    }
}
