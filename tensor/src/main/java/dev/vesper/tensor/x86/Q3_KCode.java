package dev.vesper.tensor.x86;

import dev.vesper.tensor.Format;

/**
 * {@link Format#Q3_K}: sixteen runs of 16 with a scale of six bits each, an upper pair of bits and a lower nibble. 64
 * elements at a time are put together as bytes in the memory of the row, as in {@link Q5_KCode}; their numbers are
 * looked up and multiplied by the scale.
 */
final class Q3_KCode implements BlockCode {
    private static final int THIRD = 0;
    private static final int LOWER = 32;
    private static final int GROUP = 32;
    private static final int MIDDLE = 4;
    /** {@code b ? a : c}. */
    private static final int SELECT = 0xE2;

    /** Of two groups, which lie one behind the other in a register. */
    private static final int[] FIRST_PAIRS = {0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 2, 2, 2, 2, 2, 2};
    private static final int[] LAST_PAIRS = {4, 4, 4, 4, 4, 4, 4, 4, 6, 6, 6, 6, 6, 6, 6, 6};
    /** Brings the bits of the first two groups to where the third bit of a byte is. */
    private static final int[] THIRD_ROTATIONS = {2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1};

    /** In the memory of the row, behind the scales, where three groups of 64 elements have room. */
    private static final int BYTES_AT = 64;
    private static final int STEP = 64;
    private static final int VECTORS = 4;
    private static final int STEPS_AT_ONCE = 3;

    private int table;
    private int lowerBits;

    @Override
    public int elements() {
        return Format.Q3_K.blockSize();
    }

    @Override
    public int bytes() {
        return Format.Q3_K.blockBytes();
    }

    @Override
    public void prepare(RowCode rows) {
        float[] values = new float[16];
        for (int i = 0; i < values.length; i++) {
            values[i] = i % 8 - MIDDLE; // twice, so that a fourth bit does not matter
        }
        table = rows.keep(values);
        lowerBits = rows.keep(0x03030303);
    }

    @Override
    public void begin(RowCode rows, int row) {
        Assembler assembler = rows.assembler;
        int scales = RowCode.OTHER_MOMENT;
        Pool pool = new Pool(assembler, RowCode.POOL);
        Q3_KScales.emit(pool, rows.at(row, 0), scales, RowCode.MOMENT, RowCode.WEIGHTS, Pool.IN_ORDER);
        assembler.vector(Instructions.VMOVUPS_STORE, scales, 0, rows.room(row, 0));
        int third = rows.state(row, THIRD);
        assembler.vector(Instructions.VBROADCASTI64X4, third, 0, rows.at(row, 0));
        assembler.vector(Instructions.VPROLVD, third, third, rows.constant(THIRD_ROTATIONS));
        for (int step = 0; step < STEPS_AT_ONCE; step++) {
            bytes(rows, row, step);
        }
    }

    /** Only the lower three bits of the bytes are those of elements. */
    private void bytes(RowCode rows, int row, int step) {
        Assembler assembler = rows.assembler;
        int bytes = RowCode.MOMENT;
        int third = rows.state(row, THIRD);
        assembler.vector(Instructions.VBROADCASTI64X4, bytes, 0, rows.at(row, LOWER + GROUP * (step / 2)));
        assembler.vector(Instructions.VPSRLVD, bytes, bytes, rows.constant(step % 2 == 0 ? FIRST_PAIRS : LAST_PAIRS));
        if (step > 0) {
            assembler.shift(Instructions.SHIFT_INTS, Instructions.ROTATE_RIGHT, 512, third, third, 2);
        }
        assembler.immediate(Instructions.VPTERNLOGD, bytes, lowerBits, third, SELECT);
        assembler.vector(
                Instructions.VMOVUPS_STORE, bytes, 0, rows.room(row, BYTES_AT + STEP * (step % STEPS_AT_ONCE)));
    }

    @Override
    public void vector(RowCode rows, int row, int index, int to) {
        Assembler assembler = rows.assembler;
        if (index == VECTORS) {
            bytes(rows, row, STEPS_AT_ONCE);
        }
        assembler.vector(Instructions.VPMOVZXBD, to, 0,
                rows.room(row, BYTES_AT + 16 * (index % (VECTORS * STEPS_AT_ONCE))));
        assembler.vector(Instructions.VPERMPS, to, to, table);
        assembler.broadcast(Instructions.VMULPS, to, to, rows.room(row, Float.BYTES * index));
    }
}
