package dev.vesper.tensor.x86;

import dev.vesper.tensor.Format;

/** {@link Format#Q8_0}: a scale, 32 bytes with a sign. */
final class Q8_0Code implements BlockCode {
    private static final int SCALE = 0;
    private static final int QUANTA = 2;
    private static final int LANES = 16;

    @Override
    public int elements() {
        return Format.Q8_0.blockSize();
    }

    @Override
    public int bytes() {
        return Format.Q8_0.blockBytes();
    }

    @Override
    public void begin(RowCode rows, int row) {
        rows.broadcastHalf(rows.state(row, SCALE), rows.at(row, 0));
    }

    @Override
    public void vector(RowCode rows, int row, int index, int to) {
        Assembler assembler = rows.assembler;
        assembler.vector(Instructions.VPMOVSXBD, to, 0, rows.at(row, QUANTA + LANES * index));
        assembler.vector(Instructions.VCVTDQ2PS, to, 0, to);
        assembler.vector(Instructions.VMULPS, to, to, rows.state(row, SCALE));
    }
}
