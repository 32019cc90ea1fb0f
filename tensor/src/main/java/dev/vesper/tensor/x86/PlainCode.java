package dev.vesper.tensor.x86;

import dev.vesper.tensor.Format;

/** Formats without blocks: {@code F32}, {@code F16} and {@code BF16}, the upper half of a float. */
record PlainCode(Format format) implements BlockCode {
    private static final int LANES = 16;
    private static final int UPPER_HALF = 16;

    @Override
    public int elements() {
        return LANES;
    }

    @Override
    public int bytes() {
        return LANES * format.blockBytes();
    }

    @Override
    public void vector(RowCode rows, int row, int index, int to) {
        Assembler assembler = rows.assembler;
        switch (format) {
            case F32 -> assembler.vector(Instructions.VMOVUPS, to, 0, rows.at(row, 0));
            case F16 -> assembler.vector(Instructions.VCVTPH2PS, to, 0, rows.at(row, 0));
            default -> {
                assembler.vector(Instructions.VPMOVZXWD, to, 0, rows.at(row, 0));
                assembler.shift(Instructions.SHIFT_INTS, Instructions.LEFT, 512, to, to, UPPER_HALF);
            }
        }
    }

    /** The elements that {@code mask} names, zero for the others; nothing beyond them is read. */
    void tail(RowCode rows, int row, int mask, int to) {
        Assembler assembler = rows.assembler;
        switch (format) {
            case F32 -> assembler.masked(Instructions.VMOVUPS, mask, to, rows.at(row, 0), true);
            case F16 -> assembler.masked(Instructions.VCVTPH2PS, mask, to, rows.at(row, 0), true);
            default -> {
                assembler.masked(Instructions.VPMOVZXWD, mask, to, rows.at(row, 0), true);
                assembler.shift(Instructions.SHIFT_INTS, Instructions.LEFT, 512, to, to, UPPER_HALF);
            }
        }
    }
}
