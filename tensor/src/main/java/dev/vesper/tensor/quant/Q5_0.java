package dev.vesper.tensor.quant;

import dev.vesper.tensor.Format;
import java.lang.foreign.MemorySegment;

/**
 * Blocks of 32 elements of 5 bits with one float16 scale; an element is {@code scale * (q - 16)}, q from 0 to 31. The
 * fifth bits of all elements come first, that of element i at bit i of a little-endian word; then the lower four, the
 * first half of the block in the low nibbles, the second half in the high ones.
 *
 * <pre>
 * byte  0     2                                 6           7                21
 *       | d   | q7..q0 | ... | q31..q24 (bit 4) | q16 : q0  | q17 : q1 | ... | q31 : q15 |      d float16 scale
 * </pre>
 *
 * Encoding makes the element of largest magnitude q = 0, so the scale is that element divided by -16, whatever its sign;
 * with importance it searches for the scale.
 */
final class Q5_0 implements Codec {
    private static final int BLOCK = Format.Q5_0.blockSize();
    private static final int HALF = BLOCK / 2;
    private static final int BLOCK_BYTES = Format.Q5_0.blockBytes();
    private static final int FIFTH_BITS = 2;
    private static final int NIBBLES = 6;
    private static final int MIDDLE = 16;

    @Override
    public Format format() {
        return Format.Q5_0;
    }

    @Override
    public void decode(MemorySegment data, long byteOffset, float[] out, int outOffset, int count) {
        Bytes.requireWholeBlocks(Format.Q5_0, count);
        long block = byteOffset;
        for (int i = outOffset; i < outOffset + count; i += BLOCK, block += BLOCK_BYTES) {
            float scale = Bytes.half(data, block);
            int fifth = data.get(Bytes.INT, block + FIFTH_BITS);
            for (int j = 0; j < HALF; j++) {
                int pair = Bytes.unsigned(data, block + NIBBLES + j);
                out[i + j] = scale * ((pair & 0x0F | (fifth >>> j & 1) << 4) - MIDDLE);
                out[i + HALF + j] = scale * ((pair >>> 4 | (fifth >>> j + HALF & 1) << 4) - MIDDLE);
            }
        }
    }

    @Override
    public void encode(float[] in, int inOffset, int count, float[] importance, MemorySegment out, long byteOffset) {
        Bytes.requireWholeBlocks(Format.Q5_0, count);
        Bytes.requireFinite(Format.Q5_0, in, inOffset, count);
        Bytes.requireImportance(Format.Q5_0, importance, count);
        long block = byteOffset;
        for (int i = inOffset; i < inOffset + count; i += BLOCK, block += BLOCK_BYTES) {
            float scale = importance.length == 0
                    ? SymmetricFit.largest(in, i, BLOCK) / -MIDDLE
                    : (float) SymmetricFit.scale(
                            in, i, ElementWeights.of(in, i, BLOCK, importance, i - inOffset), MIDDLE);
            float inverse = scale == 0 ? 0 : 1 / scale;
            out.set(Bytes.SHORT, block, Bytes.scale(Format.Q5_0, scale, i));
            int fifth = 0;
            for (int j = 0; j < HALF; j++) {
                int low = quantum(in[i + j] * inverse);
                int high = quantum(in[i + HALF + j] * inverse);
                Bytes.put(out, block + NIBBLES + j, low & 0x0F | high << 4);
                fifth |= low >>> 4 << j | high >>> 4 << j + HALF;
            }
            out.set(Bytes.INT, block + FIFTH_BITS, fifth);
        }
    }

    /** Saturates where a tiny scale has an infinite inverse. */
    private static int quantum(float value) {
        return Math.clamp((int) (value + (MIDDLE + 0.5f)), 0, 31);
    }
}
