package dev.vesper.tensor.x86;

/** The uneven steps of {@code IQ4_NL} and {@code IQ4_XS}, for products of integers. */
final class UnevenSteps {
    static final int ZERO_POINT = 128;

    private UnevenSteps() {}

    /** As bytes without a sign, once in each 128 bits: more by the zero point. */
    static int[] bytes() {
        int[] lanes = new int[X86Layout.LANES];
        for (int i = 0; i < 4 * lanes.length; i++) {
            lanes[i / 4] |= (NibblePairs.uneven(i % 16) + ZERO_POINT) << i % 4 * Byte.SIZE;
        }
        return lanes;
    }

    /** As words, twice. */
    static int[] words() {
        int[] words = new int[2 * X86Layout.LANES];
        for (int i = 0; i < words.length; i++) {
            words[i] = NibblePairs.uneven(i % 16) & 0xFFFF;
        }
        return IntegerDotCode.words(words);
    }
}
