package dev.vesper.tensor.quant;

import dev.vesper.tensor.Format;
import java.lang.foreign.MemorySegment;

/**
 * Blocks of 32 elements of 4 bits with one float16 scale; an element is {@code scale * v[q]}, q from 0 to 15, v the
 * unevenly spaced {@link TableFit#VALUES}. The first half of a block lies in the low nibbles, the second half in the
 * high ones.
 *
 * <pre>
 * byte  0     2           3           4                17
 *       | d   | q16 : q0  | q17 : q1  | q18 : q2 | ... | q31 : q15 |      d float16 scale, high : low nibble
 * </pre>
 *
 * Encoding searches for the scale.
 */
final class IQ4_NL implements Codec {
    private static final int BLOCK = Format.IQ4_NL.blockSize();
    private static final int HALF = BLOCK / 2;
    private static final int BLOCK_BYTES = Format.IQ4_NL.blockBytes();
    private static final int QUANTA = 2;

    @Override
    public Format format() {
        return Format.IQ4_NL;
    }

    @Override
    public void decode(MemorySegment data, long byteOffset, float[] out, int outOffset, int count) {
        Bytes.requireWholeBlocks(Format.IQ4_NL, count);
        long block = byteOffset;
        for (int i = outOffset; i < outOffset + count; i += BLOCK, block += BLOCK_BYTES) {
            float scale = Bytes.half(data, block);
            for (int j = 0; j < HALF; j++) {
                int pair = Bytes.unsigned(data, block + QUANTA + j);
                out[i + j] = scale * TableFit.VALUES[pair & 0x0F];
                out[i + HALF + j] = scale * TableFit.VALUES[pair >>> 4];
            }
        }
    }

    @Override
    public void encode(float[] in, int inOffset, int count, float[] importance, MemorySegment out, long byteOffset) {
        Bytes.requireWholeBlocks(Format.IQ4_NL, count);
        Bytes.requireFinite(Format.IQ4_NL, in, inOffset, count);
        Bytes.requireImportance(Format.IQ4_NL, importance, count);
        long block = byteOffset;
        for (int i = inOffset; i < inOffset + count; i += BLOCK, block += BLOCK_BYTES) {
            double[] weights = ElementWeights.of(in, i, BLOCK, importance, i - inOffset);
            short bits = Bytes.scale(Format.IQ4_NL, (float) TableFit.scale(in, i, weights), i);
            double inverse = SymmetricFit.inverse(Float.float16ToFloat(bits));
            out.set(Bytes.SHORT, block, bits);
            for (int j = 0; j < HALF; j++) {
                int low = TableFit.nearest(in[i + j] * inverse);
                int high = TableFit.nearest(in[i + HALF + j] * inverse);
                Bytes.put(out, block + QUANTA + j, low | high << 4);
            }
        }
    }
}
