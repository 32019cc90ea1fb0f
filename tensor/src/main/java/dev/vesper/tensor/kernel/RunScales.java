package dev.vesper.tensor.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;

/**
 * The scales of all runs of a block at once, from packed bits to floats in an array, from which loops broadcast them: a load that feeds all lanes costs less than taking a lane out of a vector.
 *
 * <p>Loops leave bits where they are in their byte, so a q whose lowest bit is bit b comes as {@code 2^b · q}. The scales
 * here are divided by that, which is exact; what is added, a minimum or a zero point, is not.
 */
final class RunScales {
    /** Floats of a block of eight runs. */
    static final int FLOATS_OF_8 = 16;
    /** Floats of a block of sixteen runs. */
    static final int FLOATS_OF_16 = 32;
    /** In a block of eight runs, where in the array the addend of a run is, seen from its scale. */
    static final int ADDEND_OF_8 = 8;
    /** In a block of sixteen runs, where in the array the addend of a run is, seen from its scale. */
    static final int ADDEND_OF_16 = 16;

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final VectorMask<Float> UPPER_8 = VectorMask.fromLong(Lanes.FLOAT, 0xFF00);

    private static final float[] ONES = repeated(1);
    private static final float[] NIBBLES_OF_8 =
            repeated(1, 0x1p-4f, 1, 0x1p-4f, 1, 0x1p-4f, 1, 0x1p-4f, 1, 1, 1, 1, 1, 1, 1, 1);
    private static final float[] NIBBLES_OF_FOUR =
            repeated(1, 1, 1, 1, 0x1p-4f, 0x1p-4f, 0x1p-4f, 0x1p-4f);
    private static final float[] PAIRS_OF_TWO =
            repeated(1, 1, 0x1p-2f, 0x1p-2f, 0x1p-4f, 0x1p-4f, 0x1p-6f, 0x1p-6f);

    private RunScales() {}

    private static float[] repeated(float... pattern) {
        float[] all = new float[16];
        for (int i = 0; i < all.length; i++) {
            all[i] = pattern[i % pattern.length];
        }
        return all;
    }

    /**
     * The eight pairs of a block of {@code Q4_K} or {@code Q5_K}, whose runs alternate between nibbles: eight scales, then
     * eight addends, and no more.
     */
    static void pairs(MemorySegment data, long block, float[] out, int at) {
        // d and dMin, and the words that ScalePairs draws
        long header = data.get(LONG, block);
        long words = data.get(LONG, block + 8);
        int word0 = (int) (header >>> 32);
        int word1 = (int) words;
        int word2 = (int) (words >>> 32);
        long scales = join(word0 & 0x3F3F_3F3F, word2 & 0x0F0F_0F0F | word0 >>> 2 & 0x3030_3030);
        long minima = join(word1 & 0x3F3F_3F3F, word2 >>> 4 & 0x0F0F_0F0F | word1 >>> 2 & 0x3030_3030);
        float d = Float.float16ToFloat((short) header);
        float dMin = Float.float16ToFloat((short) (header >>> 16));
        store(scales, minima, 0, d, -dMin, NIBBLES_OF_8, out, at);
    }

    /**
     * As {@link #pairs}, for vectors of sixteen lanes, in a third of the instructions; block for block, of some rows that
     * are {@code distance} apart. The loop is in here because C2 does not always inline what it calls so often, and
     * then decoding takes twice as long.
     */
    static void pairsAtOnce(
            MemorySegment data, long from, int blocks, int blockBytes, long distance, int rows, float[] out, int at) {
        int to = at;
        for (int b = 0; b < blocks; b++) {
            for (int row = 0; row < rows; row++, to += FLOATS_OF_8) {
                long block = from + (long) blockBytes * b + row * distance;
                int header = data.get(INT, block);
                ByteVector bytes = ByteVector.fromMemorySegment(ByteLanes.BYTE, data, block, ByteOrder.LITTLE_ENDIAN);
                IntVector words = (IntVector) bytes.convertShape(VectorOperators.ZERO_EXTEND_B2I, ByteLanes.INT, 0);
                IntVector lower = words.rearrange(Pairs.LOWER)
                        .lanewise(VectorOperators.LSHR, Pairs.LOWER_SHIFT)
                        .and(Pairs.LOWER_MASK);
                IntVector upper = words.rearrange(Pairs.UPPER).lanewise(VectorOperators.LSHR, 2).and(Pairs.UPPER_MASK);
                float d = Float.float16ToFloat((short) header);
                float dMin = Float.float16ToFloat((short) (header >>> 16));
                ((FloatVector) lower.or(upper).convert(VectorOperators.I2F, 0))
                        .mul(FloatVector.broadcast(Lanes.FLOAT, d).blend(-dMin, UPPER_8))
                        .mul(FloatVector.fromArray(Lanes.FLOAT, NIBBLES_OF_8, 0))
                        .intoArray(out, to);
            }
        }
    }

    /**
     * Where the bits of the eight scales and eight minima are among the bytes of the block, as ScalePairs draws them:
     * the lower in a byte of their own, or in half of one, the upper in the top of another.
     */
    private static final class Pairs {
        static final VectorShuffle<Integer> LOWER =
                VectorShuffle.fromValues(ByteLanes.INT, 4, 5, 6, 7, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15);
        static final VectorShuffle<Integer> UPPER =
                VectorShuffle.fromValues(ByteLanes.INT, 4, 5, 6, 7, 4, 5, 6, 7, 8, 9, 10, 11, 8, 9, 10, 11);
        static final IntVector LOWER_SHIFT = fours(0, 0, 0, 4);
        static final IntVector LOWER_MASK = fours(0x3F, 0x0F, 0x3F, 0x0F);
        static final IntVector UPPER_MASK = fours(0, 0x30, 0, 0x30);

        private static IntVector fours(int first, int second, int third, int fourth) {
            int[] lanes = new int[16];
            Arrays.fill(lanes, 0, 4, first);
            Arrays.fill(lanes, 4, 8, second);
            Arrays.fill(lanes, 8, 12, third);
            Arrays.fill(lanes, 12, 16, fourth);
            return IntVector.fromArray(ByteLanes.INT, lanes, 0);
        }
    }

    /** The scales of a block of {@code Q6_K}, and the zero points at 32. */
    static void bytes(MemorySegment data, long block, float[] out, int at) {
        long lower = data.get(LONG, block + 192);
        long upper = data.get(LONG, block + 200);
        float d = half(data, block + 208);
        store(lower, upper, 0, d, d, NIBBLES_OF_FOUR, out, at);
        store(lower, upper, 0, -32 * d, -32 * d, ONES, out, at + 16);
    }

    /** The sixteen scales of blocks of {@code Q6_K} alone, for vectors of as many lanes, as {@link #pairsAtOnce} does it. */
    static void bytesAtOnce(
            MemorySegment data, long from, int blocks, int blockBytes, long distance, int rows, float[] out, int at) {
        int to = at;
        for (int b = 0; b < blocks; b++) {
            for (int row = 0; row < rows; row++, to += 16) {
                long block = from + (long) blockBytes * b + row * distance;
                ByteVector bytes =
                        ByteVector.fromMemorySegment(ByteLanes.BYTE, data, block + 192, ByteOrder.LITTLE_ENDIAN);
                ((FloatVector) bytes.convertShape(VectorOperators.B2F, Lanes.FLOAT, 0))
                        .mul(half(data, block + 208))
                        .mul(FloatVector.fromArray(Lanes.FLOAT, NIBBLES_OF_FOUR, 0))
                        .intoArray(out, to);
            }
        }
    }

    /** The scales of a block of {@code Q3_K}, and the zero points at 4. */
    static void sixBits(MemorySegment data, long block, float[] out, int at) {
        long bottom = data.get(LONG, block + 96);
        int top = data.get(INT, block + 104);
        long lower = bottom & 0x0F0F_0F0F_0F0F_0F0FL
                | (join(top, top >>> 2) & 0x0303_0303_0303_0303L) << 4;
        long upper = bottom >>> 4 & 0x0F0F_0F0F_0F0F_0F0FL
                | (join(top >>> 4, top >>> 6) & 0x0303_0303_0303_0303L) << 4;
        float d = half(data, block + 108);
        store(lower, upper, 32, d, d, PAIRS_OF_TWO, out, at);
        store(lower, upper, 32, -4 * d, -4 * d, ONES, out, at + 16);
    }

    /** The pairs of nibbles of a block of {@code Q2_K}. */
    static void nibbles(MemorySegment data, long block, float[] out, int at) {
        long lower = data.get(LONG, block);
        long upper = data.get(LONG, block + 8);
        long nibbles = 0x0F0F_0F0F_0F0F_0F0FL;
        float d = half(data, block + 80);
        float dMin = half(data, block + 82);
        store(lower & nibbles, upper & nibbles, 0, d, d, PAIRS_OF_TWO, out, at);
        store(lower >>> 4 & nibbles, upper >>> 4 & nibbles, 0, -dMin, -dMin, ONES, out, at + 16);
    }

    private static long join(int lower, int upper) {
        return lower & 0xFFFF_FFFFL | (long) upper << 32;
    }

    private static float half(MemorySegment data, long at) {
        return Float.float16ToFloat(data.get(SHORT, at));
    }

    /**
     * Writes sixteen signed bytes, less {@code zero}, times {@code pattern}, and the first eight times {@code first}, the
     * others times {@code second}. They come as numbers: vectors among the arguments would be objects wherever C2 does
     * not inline this.
     */
    private static void store(
            long lower, long upper, int zero, float first, float second, float[] pattern, float[] out, int at) {
        ByteVector bytes = LongVector.broadcast(LongVector.SPECIES_128, lower)
                .withLane(1, upper)
                .reinterpretAsBytes()
                .sub((byte) zero);
        if (Lanes.COUNT == 16) {
            ((FloatVector) bytes.convertShape(VectorOperators.B2F, Lanes.FLOAT, 0))
                    .mul(FloatVector.broadcast(Lanes.FLOAT, first).blend(second, UPPER_8))
                    .mul(FloatVector.fromArray(Lanes.FLOAT, pattern, 0))
                    .intoArray(out, at);
            return;
        }
        int half = 8 / Lanes.COUNT - 1;
        ((FloatVector) bytes.convertShape(VectorOperators.B2F, Lanes.FLOAT, 0))
                .mul(first)
                .mul(FloatVector.fromArray(Lanes.FLOAT, pattern, 0))
                .intoArray(out, at);
        ((FloatVector) bytes.convertShape(VectorOperators.B2F, Lanes.FLOAT, 1))
                .mul(half == 0 ? second : first)
                .mul(FloatVector.fromArray(Lanes.FLOAT, pattern, Lanes.COUNT))
                .intoArray(out, at + Lanes.COUNT);
        if (half > 0) {
            ((FloatVector) bytes.convertShape(VectorOperators.B2F, Lanes.FLOAT, 2))
                    .mul(second)
                    .mul(FloatVector.fromArray(Lanes.FLOAT, pattern, 2 * Lanes.COUNT))
                    .intoArray(out, at + 2 * Lanes.COUNT);
            ((FloatVector) bytes.convertShape(VectorOperators.B2F, Lanes.FLOAT, 3))
                    .mul(second)
                    .mul(FloatVector.fromArray(Lanes.FLOAT, pattern, 3 * Lanes.COUNT))
                    .intoArray(out, at + 3 * Lanes.COUNT);
        }
    }
}
