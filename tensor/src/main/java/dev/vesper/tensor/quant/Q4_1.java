package dev.vesper.tensor.quant;

import dev.vesper.tensor.Format;
import java.lang.foreign.MemorySegment;

/**
 * Blocks of 32 elements of 4 bits with a float16 scale and minimum; an element is {@code scale * q + minimum}, q from 0
 * to 15. The first half of a block lies in the low nibbles, the second half in the high ones.
 *
 * <pre>
 * byte  0     2     4           5                19
 *       | d   | m   | q16 : q0  | q17 : q1 | ... | q31 : q15 |      d scale, m minimum, high : low nibble
 * </pre>
 *
 * Encoding spans from the smallest element to the largest; with importance it searches for scale and minimum.
 */
final class Q4_1 implements Codec {
    private static final int BLOCK = Format.Q4_1.blockSize();
    private static final int HALF = BLOCK / 2;
    private static final int BLOCK_BYTES = Format.Q4_1.blockBytes();
    private static final int QUANTA = 4;
    private static final int LEVELS = 15;

    @Override
    public Format format() {
        return Format.Q4_1;
    }

    @Override
    public void decode(MemorySegment data, long byteOffset, float[] out, int outOffset, int count) {
        Bytes.requireWholeBlocks(Format.Q4_1, count);
        long block = byteOffset;
        for (int i = outOffset; i < outOffset + count; i += BLOCK, block += BLOCK_BYTES) {
            float scale = Bytes.half(data, block);
            float minimum = Bytes.half(data, block + 2);
            for (int j = 0; j < HALF; j++) {
                int pair = Bytes.unsigned(data, block + QUANTA + j);
                out[i + j] = scale * (pair & 0x0F) + minimum;
                out[i + HALF + j] = scale * (pair >>> 4) + minimum;
            }
        }
    }

    @Override
    public void encode(float[] in, int inOffset, int count, float[] importance, MemorySegment out, long byteOffset) {
        Bytes.requireWholeBlocks(Format.Q4_1, count);
        Bytes.requireFinite(Format.Q4_1, in, inOffset, count);
        Bytes.requireImportance(Format.Q4_1, importance, count);
        MinimumBlock fit = new MinimumBlock(Format.Q4_1, LEVELS);
        long block = byteOffset;
        for (int i = inOffset; i < inOffset + count; i += BLOCK, block += BLOCK_BYTES) {
            fit.encode(in, i, importance, i - inOffset);
            out.set(Bytes.SHORT, block, fit.scale);
            out.set(Bytes.SHORT, block + 2, fit.minimum);
            for (int j = 0; j < HALF; j++) {
                Bytes.put(out, block + QUANTA + j, fit.q[j] | fit.q[HALF + j] << 4);
            }
        }
    }
}
