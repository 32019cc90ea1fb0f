package dev.vesper.tensor.x86;

/** Sixteen bytes with an element in the lower nibble of each and another, sixteen further, in the upper one. */
final class NibblePairs {
    private static final int LANES = 16;
    private static final float[] UNEVEN = {
        -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113
    };

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

    /** A register that holds the uneven steps of {@code IQ4_NL} and {@code IQ4_XS}. */
    static int keepUneven(RowCode rows) {
        return rows.keep(UNEVEN);
    }

    /** One of them. */
    static int uneven(int index) {
        return (int) UNEVEN[index];
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
