package dev.vesper.tensor.x86;

import dev.vesper.tensor.Format;
import dev.vesper.tensor.quant.Codecs;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Sixteen bytes with an element in the lower nibble of each and another, sixteen further, in the upper one. */
final class NibblePairs {
    private static final int LANES = 16;

    private NibblePairs() {}

    /** A byte for each lane. */
    static void load(RowCode rows, int pairs, Address from) {
        rows.assembler.vector(Instructions.VPMOVZXBD, pairs, 0, from);
    }

    /** Puts the elements of the lower (0) or upper (1) nibbles into {@code to}, out of the sixteen {@code values}. */
    static void pick(RowCode rows, int half, int to, int pairs, int values) {
        int indices = pairs;
        if (half > 0) {
            rows.assembler.shift(Instructions.SHIFT_INTS, Instructions.RIGHT, 512, to, pairs, 4);
            indices = to;
        }
        rows.assembler.vector(Instructions.VPERMPS, to, indices, values);
    }

    /** The elements of a block of 32 with this scale, 0 to 15 in the lower nibbles: what the format has for values. */
    static float[] values(Format format, byte... scale) {
        byte[] block = Arrays.copyOf(scale, format.blockBytes());
        for (int q = 0; q < LANES; q++) {
            block[scale.length + q] = (byte) q;
        }
        float[] values = new float[format.blockSize()];
        Codecs.of(format).decode(MemorySegment.ofArray(block), 0, values, 0, values.length);
        return Arrays.copyOf(values, LANES);
    }

    /** 16 numbers from {@code first} on. */
    static float[] numbers(int first) {
        float[] numbers = new float[LANES];
        for (int i = 0; i < LANES; i++) {
            numbers[i] = first + i;
        }
        return numbers;
    }
}
