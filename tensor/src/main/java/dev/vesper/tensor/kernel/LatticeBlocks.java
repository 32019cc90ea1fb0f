package dev.vesper.tensor.kernel;

import dev.vesper.tensor.Format;
import dev.vesper.tensor.quant.Codebook;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Blocks of the formats that refer to a codebook as the floats that their codecs give. Points and signs lie ready as
 * floats: each group of elements is one of the first times one of the second times a scale. {@code
 * dev.vesper.tensor.quant} draws the bytes.
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

    /** Writes the 256 elements of the block at {@code block}. */
    interface Decoder {
        void decode(MemorySegment data, long block, float[] out, int to);
    }

    private final Decoder decoder;
    private final float[] points;

    private LatticeBlocks(Format format, float[] points) {
        this.points = points;
        this.decoder = switch (format) {
            case IQ2_XXS -> this::decode2XXS;
            case IQ2_XS -> this::decode2XS;
            case IQ2_S -> this::decode2S;
            case IQ3_XXS -> this::decode3XXS;
            case IQ3_S -> this::decode3S;
            case IQ1_S -> this::decode1S;
            case IQ1_M -> this::decode1M;
            default -> throw new IllegalArgumentException(format + " refers to no codebook");
        };
    }

    /** The decoder of a format that refers to this codebook. */
    static Decoder of(Format format, Codebook codebook) {
        byte[] bytes = codebook.bytes();
        float[] points = new float[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            points[i] = bytes[i];
        }
        return new LatticeBlocks(format, points).decoder;
    }

    private void decode2XXS(MemorySegment data, long block, float[] out, int to) {
        float d = ByteLanes.float16(data, block) * 0.125f;
        for (int run = 0; run < 8; run++) {
            long all = data.get(ByteLanes.LONG, block + 2 + 8L * run);
            int places = (int) all;
            int signs = (int) (all >>> Integer.SIZE);
            float scale = d * (2 * (signs >>> 28) + 1);
            for (int group = 0; group < 4; group++) {
                int point = places >>> 8 * group & 0xFF;
                put(point, EVEN_SIGNS, signs >>> 7 * group & 0x7F, scale, out, to + 32 * run + GROUP * group);
            }
        }
    }

    private void decode2XS(MemorySegment data, long block, float[] out, int to) {
        float d = ByteLanes.float16(data, block) * 0.125f;
        for (int pair = 0; pair < 8; pair++) {
            long all = data.get(ByteLanes.LONG, block + 2 + 8L * pair);
            int scales = data.get(ValueLayout.JAVA_BYTE, block + 66 + pair);
            for (int group = 0; group < 4; group++) {
                int bits = (int) (all >>> 16 * group);
                float scale = d * (2 * (scales >>> (group & 2) * 2 & 0x0F) + 1);
                put(bits & 0x1FF, EVEN_SIGNS, bits >>> 9 & 0x7F, scale, out, to + 32 * pair + GROUP * group);
            }
        }
    }

    private void decode2S(MemorySegment data, long block, float[] out, int to) {
        float d = ByteLanes.float16(data, block) * 0.125f;
        for (int pair = 0; pair < 8; pair++) {
            int places = data.get(ByteLanes.WORD, block + 2 + 4L * pair);
            int signs = data.get(ByteLanes.WORD, block + 34 + 4L * pair);
            int upper = data.get(ValueLayout.JAVA_BYTE, block + 66 + pair);
            int scales = data.get(ValueLayout.JAVA_BYTE, block + 74 + pair);
            for (int group = 0; group < 4; group++) {
                int point = places >>> 8 * group & 0xFF | (upper >>> 2 * group & 3) << 8;
                float scale = d * (2 * (scales >>> (group & 2) * 2 & 0x0F) + 1);
                put(point, SIGNS, signs >>> 8 * group & 0xFF, scale, out, to + 32 * pair + GROUP * group);
            }
        }
    }

    private void decode3XXS(MemorySegment data, long block, float[] out, int to) {
        float d = ByteLanes.float16(data, block) * 0.25f;
        for (int run = 0; run < 8; run++) {
            long places = data.get(ByteLanes.LONG, block + 2 + 8L * run);
            int signs = data.get(ByteLanes.WORD, block + 66 + 4L * run);
            float scale = d * (2 * (signs >>> 28) + 1);
            for (int group = 0; group < 4; group++) {
                int pair = (int) (places >>> 16 * group);
                int at = to + 32 * run + GROUP * group;
                int sign = (signs >>> 7 * group & 0x7F) * GROUP;
                putHalf(pair & 0xFF, EVEN_SIGNS, sign, scale, out, at);
                putHalf(pair >>> 8 & 0xFF, EVEN_SIGNS, sign + 4, scale, out, at + 4);
            }
        }
    }

    private void decode3S(MemorySegment data, long block, float[] out, int to) {
        float d = ByteLanes.float16(data, block);
        for (int run = 0; run < 8; run++) {
            long places = data.get(ByteLanes.LONG, block + 2 + 8L * run);
            int signs = data.get(ByteLanes.WORD, block + 74 + 4L * run);
            int upper = data.get(ValueLayout.JAVA_BYTE, block + 66 + run) << 8;
            int scales = data.get(ValueLayout.JAVA_BYTE, block + 106 + (run >>> 1));
            float scale = d * (2 * (scales >>> (run & 1) * 4 & 0x0F) + 1);
            for (int group = 0; group < 4; group++) {
                int pair = (int) (places >>> 16 * group);
                int two = upper >>> 2 * group;
                int at = to + 32 * run + GROUP * group;
                int sign = (signs >>> 8 * group & 0xFF) * GROUP;
                putHalf(pair & 0xFF | two & 0x100, SIGNS, sign, scale, out, at);
                putHalf(pair >>> 8 & 0xFF | two >>> 1 & 0x100, SIGNS, sign + 4, scale, out, at + 4);
            }
        }
    }

    private void decode1S(MemorySegment data, long block, float[] out, int to) {
        float d = ByteLanes.float16(data, block);
        for (int run = 0; run < 8; run++) {
            int bits = data.get(ByteLanes.SHORT, block + 34 + 2L * run);
            int places = data.get(ByteLanes.WORD, block + 2 + 4L * run);
            float scale = d * (2 * (bits >>> 12 & 7) + 1);
            float shift = shift(bits >>> 12);
            for (int group = 0; group < 4; group++) {
                int point = places >>> 8 * group & 0xFF | (bits >>> 3 * group & 7) << 8;
                putShifted(point, shift, scale, out, to + 32 * run + GROUP * group);
            }
        }
    }

    private void decode1M(MemorySegment data, long block, float[] out, int to) {
        long scales = data.get(ByteLanes.LONG, block + 48);
        int bits = (int) (scales >>> 12 & 0xF | scales >>> 24 & 0xF0 | scales >>> 36 & 0xF00 | scales >>> 48 & 0xF000);
        float d = Float.float16ToFloat((short) bits);
        for (int pair = 0; pair < 8; pair++) {
            int places = data.get(ByteLanes.WORD, block + 4L * pair);
            int upper = data.get(ByteLanes.SHORT, block + 32 + 2L * pair);
            int two = (int) (scales >>> (pair >>> 1) * 16 + (pair & 1) * 6);
            for (int group = 0; group < 4; group++) {
                int four = upper >>> 4 * group;
                float scale = d * (2 * (two >>> (group >>> 1) * 3 & 7) + 1);
                int point = places >>> 8 * group & 0xFF | (four & 7) << 8;
                putShifted(point, shift(four), scale, out, to + 32 * pair + GROUP * group);
            }
        }
    }

    private static float shift(int bits) {
        return (bits & 8) == 0 ? SHIFT : -SHIFT;
    }

    private void put(int point, float[] signs, int sign, float scale, float[] out, int to) {
        for (int i = 0; i < GROUP; i += EIGHT.length()) {
            FloatVector.fromArray(EIGHT, points, point * GROUP + i)
                    .mul(scale)
                    .mul(FloatVector.fromArray(EIGHT, signs, sign * GROUP + i))
                    .intoArray(out, to + i);
        }
    }

    private void putHalf(int point, float[] signs, int signAt, float scale, float[] out, int to) {
        FloatVector.fromArray(FOUR, points, point * 4)
                .mul(scale)
                .mul(FloatVector.fromArray(FOUR, signs, signAt))
                .intoArray(out, to);
    }

    private void putShifted(int point, float shift, float scale, float[] out, int to) {
        // Vectors of them, made here: add(float) was not always compiled to one instruction.
        FloatVector shifts = FloatVector.broadcast(EIGHT, shift);
        FloatVector scales = FloatVector.broadcast(EIGHT, scale);
        for (int i = 0; i < GROUP; i += EIGHT.length()) {
            FloatVector.fromArray(EIGHT, points, point * GROUP + i)
                    .add(shifts)
                    .mul(scales)
                    .intoArray(out, to + i);
        }
    }
}
