package dev.vesper.tensor.quant;

import dev.vesper.tensor.Format;
import java.lang.foreign.MemorySegment;

/**
 * Blocks of 32 elements of 5 bits with a float16 scale and minimum; an element is {@code scale * q + minimum}, q from 0
 * to 31. The fifth bits of all elements come first, that of element i at bit i of a little-endian word; then the lower
 * four, the first half of the block in the low nibbles, the second half in the high ones.
 *
 * <pre>
 * byte  0     2     4                                 8           9                23
 *       | d   | m   | q7..q0 | ... | q31..q24 (bit 4) | q16 : q0  | q17 : q1 | ... | q31 : q15 |      d scale, m minimum
 * </pre>
 *
 * Encoding spans from the smallest element to the largest; with importance it searches for scale and minimum.
 */
final class Q5_1 implements Codec {
    private static final int BLOCK = Format.Q5_1.blockSize();
    private static final int HALF = BLOCK / 2;
    private static final int BLOCK_BYTES = Format.Q5_1.blockBytes();
    private static final int FIFTH_BITS = 4;
    private static final int NIBBLES = 8;
    private static final int LEVELS = 31;

    @Override
    public Format format() {
        return Format.Q5_1;
    }

    @Override
    public void decode(MemorySegment data, long byteOffset, float[] out, int outOffset, int count) {
        Bytes.requireWholeBlocks(Format.Q5_1, count);
        long block = byteOffset;
        for (int i = outOffset; i < outOffset + count; i += BLOCK, block += BLOCK_BYTES) {
            float scale = Bytes.half(data, block);
            float minimum = Bytes.half(data, block + 2);
            int fifth = data.get(Bytes.INT, block + FIFTH_BITS);
            for (int j = 0; j < HALF; j++) {
                int pair = Bytes.unsigned(data, block + NIBBLES + j);
                out[i + j] = scale * (pair & 0x0F | (fifth >>> j & 1) << 4) + minimum;
                out[i + HALF + j] = scale * (pair >>> 4 | (fifth >>> j + HALF & 1) << 4) + minimum;
            }
        }
    }

    @Override
    public void encode(float[] in, int inOffset, int count, float[] importance, MemorySegment out, long byteOffset) {
        Bytes.requireWholeBlocks(Format.Q5_1, count);
        Bytes.requireFinite(Format.Q5_1, in, inOffset, count);
        Bytes.requireImportance(Format.Q5_1, importance, count);
        MinimumBlock fit = new MinimumBlock(Format.Q5_1, LEVELS);
        long block = byteOffset;
        for (int i = inOffset; i < inOffset + count; i += BLOCK, block += BLOCK_BYTES) {
            fit.encode(in, i, importance, i - inOffset);
            out.set(Bytes.SHORT, block, fit.scale);
            out.set(Bytes.SHORT, block + 2, fit.minimum);
            int fifth = 0;
            for (int j = 0; j < HALF; j++) {
                int low = fit.q[j];
                int high = fit.q[HALF + j];
                Bytes.put(out, block + NIBBLES + j, low & 0x0F | high << 4);
                fifth |= low >>> 4 << j | high >>> 4 << j + HALF;
            }
            out.set(Bytes.INT, block + FIFTH_BITS, fifth);
        }
    }
}
