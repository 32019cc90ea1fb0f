package dev.vesper.tensor.quant;

import dev.vesper.tensor.Format;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Blocks of 32 elements of 4 bits with one float16 scale; an element is {@code scale * (q - 8)}, q from 0 to 15. The
 * first half of a block lies in the low nibbles, the second half in the high ones.
 *
 * <pre>
 * byte  0     2           3           4                17
 *       | d   | q16 : q0  | q17 : q1  | q18 : q2 | ... | q31 : q15 |      d float16 scale, high : low nibble
 * </pre>
 *
 * Encoding makes the element of largest magnitude q = 0, so the scale is that element divided by -8, whatever its sign;
 * with importance it searches for the scale.
 */
final class Q4_0 implements Codec {
    private static final int BLOCK = Format.Q4_0.blockSize();
    private static final int HALF = BLOCK / 2;
    private static final int BLOCK_BYTES = Format.Q4_0.blockBytes();

    @Override
    public Format format() {
        return Format.Q4_0;
    }

    @Override
    public void decode(MemorySegment data, long byteOffset, float[] out, int outOffset, int count) {
        Bytes.requireWholeBlocks(Format.Q4_0, count);
        long block = byteOffset;
        for (int i = outOffset; i < outOffset + count; i += BLOCK, block += BLOCK_BYTES) {
            float scale = Float.float16ToFloat(data.get(Bytes.SHORT, block));
            for (int j = 0; j < HALF; j++) {
                int pair = data.get(ValueLayout.JAVA_BYTE, block + 2 + j);
                out[i + j] = scale * ((pair & 0x0F) - 8);
                out[i + HALF + j] = scale * ((pair >>> 4 & 0x0F) - 8);
            }
        }
    }

    @Override
    public void encode(float[] in, int inOffset, int count, float[] importance, MemorySegment out, long byteOffset) {
        Bytes.requireWholeBlocks(Format.Q4_0, count);
        Bytes.requireFinite(Format.Q4_0, in, inOffset, count);
        Bytes.requireImportance(Format.Q4_0, importance, count);
        long block = byteOffset;
        for (int i = inOffset; i < inOffset + count; i += BLOCK, block += BLOCK_BYTES) {
            float scale = importance.length == 0
                    ? SymmetricFit.largest(in, i, BLOCK) / -8
                    : (float) SymmetricFit.scale(in, i, ElementWeights.of(in, i, BLOCK, importance, i - inOffset), 8);
            float inverse = scale == 0 ? 0 : 1 / scale;
            out.set(Bytes.SHORT, block, Bytes.scale(Format.Q4_0, scale, i));
            for (int j = 0; j < HALF; j++) {
                int low = nibble(in[i + j] * inverse);
                int high = nibble(in[i + HALF + j] * inverse);
                out.set(ValueLayout.JAVA_BYTE, block + 2 + j, (byte) (high << 4 | low));
            }
        }
    }

    /** Saturates where a tiny scale has an infinite inverse. */
    private static int nibble(float value) {
        return Math.clamp((int) (value + 8.5f), 0, 15);
    }
}
