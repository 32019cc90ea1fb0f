package dev.vesper.tensor.quant;

import dev.vesper.tensor.Format;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Blocks of 256 elements of 6 bits in sixteen runs of 16, each with a signed byte s as its scale; an element is
 * {@code d * s * (q - 32)}, q from 0 to 63. Each half of a block lies for itself: elements 0 to 63 of it in the low
 * nibbles of 64 bytes, 64 to 127 in the high ones, and the upper two bits of four elements 32 apart in a byte.
 *
 * <pre>
 * byte  0                                        128                                               192           208
 *       | q64 : q0  | q65 : q1 | ... | q127 : q63 | q96+j : q64+j : q32+j : q0+j | ... second half | s0 | ... s15 | d |
 *         bits 3..0, 64 bytes a half                bits 5,4; 32 bytes a half                        signed         float16
 * </pre>
 *
 * Encoding searches for the scales ({@link SymmetricBlock}).
 */
final class Q6_K implements Codec {
    private static final int BLOCK = Format.Q6_K.blockSize();
    private static final int BLOCK_BYTES = Format.Q6_K.blockBytes();
    private static final int HALF = BLOCK / 2;
    private static final int RUN = 16;
    private static final int UPPER = 128;
    private static final int SCALES = 192;
    private static final int D = 208;
    private static final int MIDDLE = 32;

    @Override
    public Format format() {
        return Format.Q6_K;
    }

    @Override
    public void decode(MemorySegment data, long byteOffset, float[] out, int outOffset, int count) {
        Bytes.requireWholeBlocks(Format.Q6_K, count);
        long block = byteOffset;
        for (int i = outOffset; i < outOffset + count; i += BLOCK, block += BLOCK_BYTES) {
            float d = Bytes.half(data, block + D);
            for (int j = 0; j < BLOCK; j++) {
                int half = j / HALF;
                int inHalf = j % HALF;
                int lower = Bytes.unsigned(data, block + half * 64L + inHalf % 64) >>> inHalf / 64 * 4 & 0x0F;
                int upper = Bytes.unsigned(data, block + UPPER + half * 32L + inHalf % 32) >>> inHalf / 32 * 2 & 3;
                float scale = d * data.get(ValueLayout.JAVA_BYTE, block + SCALES + j / RUN);
                out[i + j] = scale * ((lower | upper << 4) - MIDDLE);
            }
        }
    }

    @Override
    public void encode(float[] in, int inOffset, int count, float[] importance, MemorySegment out, long byteOffset) {
        Bytes.requireWholeBlocks(Format.Q6_K, count);
        Bytes.requireFinite(Format.Q6_K, in, inOffset, count);
        Bytes.requireImportance(Format.Q6_K, importance, count);
        SymmetricBlock fit = new SymmetricBlock(Format.Q6_K, 128, MIDDLE);
        long block = byteOffset;
        for (int i = inOffset; i < inOffset + count; i += BLOCK, block += BLOCK_BYTES) {
            fit.encode(in, i, importance, i - inOffset);
            out.asSlice(block, UPPER + 64).fill((byte) 0);
            for (int j = 0; j < BLOCK; j++) {
                int half = j / HALF;
                int inHalf = j % HALF;
                int q = fit.q[j] + MIDDLE;
                or(out, block + half * 64L + inHalf % 64, (q & 0x0F) << inHalf / 64 * 4);
                or(out, block + UPPER + half * 32L + inHalf % 32, q >>> 4 << inHalf / 32 * 2);
            }
            for (int run = 0; run < BLOCK / RUN; run++) {
                Bytes.put(out, block + SCALES + run, fit.scales[run]);
            }
            out.set(Bytes.SHORT, block + D, fit.d);
        }
    }

    private static void or(MemorySegment out, long at, int bits) {
        Bytes.put(out, at, Bytes.unsigned(out, at) | bits);
    }
}
