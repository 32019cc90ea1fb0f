package dev.vesper.tensor.kernel;

import dev.vesper.tensor.Format;
import dev.vesper.tensor.quant.Codebook;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Blocks of the formats that refer to a codebook as the floats that their codecs give. Points and signs lie ready as floats:
 * each group of elements is one of the first times one of the second times a scale. {@code dev.vesper.tensor.quant} draws the
 * bytes.
 */
final class LatticeBlocks {
    private static final int GROUP = 8;
    private static final float SHIFT = 0.125f;
    /** Vectors as long as a group, or half of one where the machine's are no longer. */
    private static final VectorSpecies<Float> EIGHT =
            Lanes.COUNT >= GROUP ? FloatVector.SPECIES_256 : FloatVector.SPECIES_128;
    private static final VectorSpecies<Float> FOUR = FloatVector.SPECIES_128;
    /** 1 or -1 for each bit of a byte, the lowest first. */
    private static final float[] SIGNS = new float[256 * GROUP];
    /** The same for seven bits and one that makes the number of -1 even. */
    private static final float[] EVEN_SIGNS = new float[128 * GROUP];

    static {
        for (int signs = 0; signs < 256; signs++) {
            for (int i = 0; i < GROUP; i++) {
                SIGNS[signs * GROUP + i] = (signs >>> i & 1) == 0 ? 1 : -1;
            }
        }
        for (int seven = 0; seven < 128; seven++) {
            int signs = seven | (Integer.bitCount(seven) & 1) << 7;
            System.arraycopy(SIGNS, signs * GROUP, EVEN_SIGNS, seven * GROUP, GROUP);
        }
    }

    private final Format format;
    private final float[] points;

    private LatticeBlocks(Format format, float[] points) {
        this.format = format;
        this.points = points;
    }

    static LatticeBlocks of(Format format, Codebook codebook) {
        byte[] bytes = codebook.bytes();
        float[] points = new float[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            points[i] = bytes[i];
        }
        return new LatticeBlocks(format, points);
    }

    Format format() {
        return format;
    }

    /** Writes the 256 elements of the block at {@code block}. */
    void decode(MemorySegment data, long block, float[] out, int to) {
        switch (format) {
            case IQ2_XXS -> decode2XXS(data, block, out, to);
            case IQ2_XS -> decode2XS(data, block, out, to);
            case IQ2_S -> decode2S(data, block, out, to);
            case IQ3_XXS -> decode3XXS(data, block, out, to);
            case IQ3_S -> decode3S(data, block, out, to);
            case IQ1_S -> decode1S(data, block, out, to);
            case IQ1_M -> decode1M(data, block, out, to);
            default -> throw new IllegalStateException(format + " refers to no codebook");
        }
    }

    private void decode2XXS(MemorySegment data, long block, float[] out, int to) {
        float d = ByteLanes.float16(data, block) * 0.125f;
        for (int run = 0; run < 8; run++) {
            int places = data.get(ByteLanes.WORD, block + 2 + 8L * run);
            int signs = data.get(ByteLanes.WORD, block + 6 + 8L * run);
            float scale = d * (2 * (signs >>> 28) + 1);
            for (int group = 0; group < 4; group++) {
                int point = places >>> 8 * group & 0xFF;
                put(point, EVEN_SIGNS, signs >>> 7 * group & 0x7F, scale, out, to + 32 * run + GROUP * group);
            }
        }
    }

    private void decode2XS(MemorySegment data, long block, float[] out, int to) {
        float d = ByteLanes.float16(data, block) * 0.125f;
        for (int run = 0; run < 16; run++) {
            float scale = d * (2 * nibble(data, block + 66, run) + 1);
            int pair = data.get(ByteLanes.WORD, block + 2 + 4L * run);
            int at = to + 16 * run;
            put(pair & 0x1FF, EVEN_SIGNS, pair >>> 9 & 0x7F, scale, out, at);
            put(pair >>> 16 & 0x1FF, EVEN_SIGNS, pair >>> 25, scale, out, at + GROUP);
        }
    }

    private void decode2S(MemorySegment data, long block, float[] out, int to) {
        float d = ByteLanes.float16(data, block) * 0.125f;
        for (int run = 0; run < 16; run++) {
            float scale = d * (2 * nibble(data, block + 74, run) + 1);
            int upper = nibble(data, block + 66, run);
            int lower = data.get(ByteLanes.SHORT, block + 2 + 2L * run);
            int signs = data.get(ByteLanes.SHORT, block + 34 + 2L * run);
            int at = to + 16 * run;
            put(lower & 0xFF | (upper & 3) << 8, SIGNS, signs & 0xFF, scale, out, at);
            put(lower >>> 8 & 0xFF | upper >>> 2 << 8, SIGNS, signs >>> 8 & 0xFF, scale, out, at + GROUP);
        }
    }

    private void decode3XXS(MemorySegment data, long block, float[] out, int to) {
        float d = ByteLanes.float16(data, block) * 0.25f;
        for (int run = 0; run < 8; run++) {
            int signs = data.get(ByteLanes.WORD, block + 66 + 4L * run);
            float scale = d * (2 * (signs >>> 28) + 1);
            for (int group = 0; group < 4; group++) {
                int pair = data.get(ByteLanes.SHORT, block + 2 + 8L * run + 2L * group);
                int at = to + 32 * run + GROUP * group;
                putTwo(pair & 0xFF, pair >>> 8 & 0xFF, EVEN_SIGNS, signs >>> 7 * group & 0x7F, scale, out, at);
            }
        }
    }

    private void decode3S(MemorySegment data, long block, float[] out, int to) {
        float d = ByteLanes.float16(data, block);
        for (int run = 0; run < 8; run++) {
            float scale = d * (2 * nibble(data, block + 106, run) + 1);
            int upper = data.get(ValueLayout.JAVA_BYTE, block + 66 + run) << 8;
            int signs = data.get(ByteLanes.WORD, block + 74 + 4L * run);
            for (int group = 0; group < 4; group++) {
                int pair = data.get(ByteLanes.SHORT, block + 2 + 8L * run + 2L * group);
                int two = upper >>> 2 * group;
                int at = to + 32 * run + GROUP * group;
                putTwo(pair & 0xFF | two & 0x100, pair >>> 8 & 0xFF | two >>> 1 & 0x100, SIGNS,
                        signs >>> 8 * group & 0xFF, scale, out, at);
            }
        }
    }

    private void decode1S(MemorySegment data, long block, float[] out, int to) {
        float d = ByteLanes.float16(data, block);
        for (int run = 0; run < 8; run++) {
            int bits = data.get(ByteLanes.SHORT, block + 34 + 2L * run);
            int places = data.get(ByteLanes.WORD, block + 2 + 4L * run);
            float scale = d * (2 * (bits >>> 12 & 7) + 1);
            float shift = bits < 0 ? -SHIFT : SHIFT;
            for (int group = 0; group < 4; group++) {
                int point = places >>> 8 * group & 0xFF | (bits >>> 3 * group & 7) << 8;
                putShifted(point, shift, scale, out, to + 32 * run + GROUP * group);
            }
        }
    }

    private void decode1M(MemorySegment data, long block, float[] out, int to) {
        int bits = 0;
        for (int quarter = 0; quarter < 4; quarter++) {
            bits |= (data.get(ByteLanes.SHORT, block + 48 + 2L * quarter) >>> 12 & 0x0F) << 4 * quarter;
        }
        float d = Float.float16ToFloat((short) bits);
        for (int run = 0; run < 16; run++) {
            int scales = data.get(ByteLanes.SHORT, block + 48 + (run >>> 2) * 2L);
            float scale = d * (2 * (scales >>> (run & 3) * 3 & 7) + 1);
            int lower = data.get(ByteLanes.SHORT, block + 2L * run);
            int upper = data.get(ValueLayout.JAVA_BYTE, block + 32 + run);
            int at = to + 16 * run;
            putShifted(lower & 0xFF | (upper & 7) << 8, shift(upper), scale, out, at);
            putShifted(lower >>> 8 & 0xFF | (upper & 0x70) << 4, shift(upper >>> 4), scale, out, at + GROUP);
        }
    }

    private static float shift(int bits) {
        return (bits & 8) == 0 ? SHIFT : -SHIFT;
    }

    private static int nibble(MemorySegment data, long at, int index) {
        return data.get(ValueLayout.JAVA_BYTE, at + (index >>> 1)) >>> (index & 1) * 4 & 0x0F;
    }

    private void put(int point, float[] signs, int sign, float scale, float[] out, int to) {
        for (int i = 0; i < GROUP; i += EIGHT.length()) {
            FloatVector.fromArray(EIGHT, points, point * GROUP + i)
                    .mul(scale)
                    .mul(FloatVector.fromArray(EIGHT, signs, sign * GROUP + i))
                    .intoArray(out, to + i);
        }
    }

    private void putTwo(int first, int second, float[] signs, int sign, float scale, float[] out, int to) {
        FloatVector.fromArray(FOUR, points, first * 4)
                .mul(scale)
                .mul(FloatVector.fromArray(FOUR, signs, sign * GROUP))
                .intoArray(out, to);
        FloatVector.fromArray(FOUR, points, second * 4)
                .mul(scale)
                .mul(FloatVector.fromArray(FOUR, signs, sign * GROUP + 4))
                .intoArray(out, to + 4);
    }

    private void putShifted(int point, float shift, float scale, float[] out, int to) {
        for (int i = 0; i < GROUP; i += EIGHT.length()) {
            FloatVector.fromArray(EIGHT, points, point * GROUP + i).add(shift).mul(scale).intoArray(out, to + i);
        }
    }
}
