package dev.vesper.tensor.quant;

import dev.vesper.tensor.Format;
import java.lang.foreign.MemorySegment;

/**
 * Blocks of 32 elements of 4 bits, floating-point numbers themselves (E2M1), with one power of two as the scale (E8M0);
 * an element is {@code 2^(e - 128) * v[q]}, v being 0, 1, 2, 3, 4, 6, 8, 12 and the same negated: twice the values of
 * E2M1, so that they are integers. The first half of a block lies in the low nibbles, the second half in the high ones.
 *
 * <pre>
 * byte  0   1           2           3                16
 *       | e | q16 : q0  | q17 : q1  | q18 : q2 | ... | q31 : q15 |      high : low nibble
 * </pre>
 *
 * Encoding takes the exponent that lets the largest element lie among the largest values and the nearest value for each,
 * the first of two.
 *
 * @see <a href="https://www.opencompute.org/documents/ocp-microscaling-formats-mx-v1-0-spec-final-pdf">OCP Microscaling
 *     Formats (MX) 1.0</a>
 */
final class MXFP4 implements Codec {
    static final byte[] VALUES = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};
    private static final int BLOCK = Format.MXFP4.blockSize();
    private static final int HALF = BLOCK / 2;
    private static final int BLOCK_BYTES = Format.MXFP4.blockBytes();
    private static final int BIAS = 127;
    private static final int LARGEST_EXPONENT = 254;

    @Override
    public Format format() {
        return Format.MXFP4;
    }

    @Override
    public void decode(MemorySegment data, long byteOffset, float[] out, int outOffset, int count) {
        Bytes.requireWholeBlocks(Format.MXFP4, count);
        long block = byteOffset;
        for (int i = outOffset; i < outOffset + count; i += BLOCK, block += BLOCK_BYTES) {
            float scale = scale(Bytes.unsigned(data, block));
            for (int j = 0; j < HALF; j++) {
                int pair = Bytes.unsigned(data, block + 1 + j);
                out[i + j] = scale * VALUES[pair & 0x0F];
                out[i + HALF + j] = scale * VALUES[pair >>> 4];
            }
        }
    }

    /** 2^(e - 128), subnormal for the two lowest. */
    private static float scale(int e) {
        return Float.intBitsToFloat(e < 2 ? 0x0020_0000 << e : e - 1 << 23);
    }

    @Override
    public void encode(float[] in, int inOffset, int count, float[] importance, MemorySegment out, long byteOffset) {
        Bytes.requireWholeBlocks(Format.MXFP4, count);
        Bytes.requireFinite(Format.MXFP4, in, inOffset, count);
        long block = byteOffset;
        for (int i = inOffset; i < inOffset + count; i += BLOCK, block += BLOCK_BYTES) {
            float largest = Math.abs(SymmetricFit.largest(in, i, BLOCK));
            // the values reach up to 1.5 · 2^2
            int e = largest == 0 ? 0 : Math.clamp(exponent(largest) - 2 + BIAS, 0, LARGEST_EXPONENT);
            float scale = scale(e);
            Bytes.put(out, block, e);
            for (int j = 0; j < HALF; j++) {
                Bytes.put(out, block + 1 + j, nearest(in[i + j], scale) | nearest(in[i + HALF + j], scale) << 4);
            }
        }
    }

    /** ⌊log2(x)⌋, which {@link Math#getExponent} does not give for subnormal numbers. */
    private static int exponent(float x) {
        return Math.getExponent((double) x);
    }

    private static int nearest(float x, float scale) {
        int best = 0;
        for (int q = 1; q < VALUES.length; q++) {
            if (Math.abs(scale * VALUES[q] - x) < Math.abs(scale * VALUES[best] - x)) {
                best = q;
            }
        }
        return best;
    }
}
