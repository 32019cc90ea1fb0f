package dev.vesper.tensor.quant;

import dev.vesper.tensor.Format;
import java.lang.foreign.MemorySegment;

/**
 * Blocks of 256 ternary elements of 2 bits with one float16 scale; an element is {@code d * (q - 1)}, q from 0 to 2. Each
 * half of a block takes 32 bytes, each of which holds four elements 32 apart.
 *
 * <pre>
 * byte  0                                                   32           64
 *       | q96+j : q64+j : q32+j : q0+j, 32 bytes, j = 0..31 | second half | d |      d float16 scale
 * </pre>
 *
 * Encoding takes the largest magnitude for the scale; meant for models that were trained to be ternary.
 */
final class TQ2_0 implements Codec {
    private static final int BLOCK = Format.TQ2_0.blockSize();
    private static final int BLOCK_BYTES = Format.TQ2_0.blockBytes();
    private static final int D = 64;

    @Override
    public Format format() {
        return Format.TQ2_0;
    }

    @Override
    public void decode(MemorySegment data, long byteOffset, float[] out, int outOffset, int count) {
        Bytes.requireWholeBlocks(Format.TQ2_0, count);
        long block = byteOffset;
        for (int i = outOffset; i < outOffset + count; i += BLOCK, block += BLOCK_BYTES) {
            float d = Bytes.half(data, block + D);
            for (int j = 0; j < BLOCK; j++) {
                int four = Bytes.unsigned(data, block + j / 128 * 32L + j % 32);
                out[i + j] = d * ((four >>> j / 32 % 4 * 2 & 3) - 1);
            }
        }
    }

    @Override
    public void encode(float[] in, int inOffset, int count, float[] importance, MemorySegment out, long byteOffset) {
        Bytes.requireWholeBlocks(Format.TQ2_0, count);
        Bytes.requireFinite(Format.TQ2_0, in, inOffset, count);
        long block = byteOffset;
        for (int i = inOffset; i < inOffset + count; i += BLOCK, block += BLOCK_BYTES) {
            float scale = Math.abs(SymmetricFit.largest(in, i, BLOCK));
            for (int j = 0; j < BLOCK / 4; j++) {
                int four = 0;
                for (int k = 0; k < 4; k++) {
                    four |= trit(in[i + j / 32 * 128 + k * 32 + j % 32], scale) << 2 * k;
                }
                Bytes.put(out, block + j, four);
            }
            out.set(Bytes.SHORT, block + D, Bytes.scale(Format.TQ2_0, scale, i));
        }
    }

    /** 0, 1 or 2 for the nearest of -1, 0 and 1 times the scale, a half being rounded away from zero. */
    static int trit(float x, float scale) {
        double ratio = scale == 0 ? 0 : (double) x / scale;
        return (int) (ratio + Math.copySign(0.5, ratio)) + 1;
    }
}
