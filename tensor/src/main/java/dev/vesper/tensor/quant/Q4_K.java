package dev.vesper.tensor.quant;

import dev.vesper.tensor.Format;
import java.lang.foreign.MemorySegment;

/**
 * Blocks of 256 elements of 4 bits in eight runs of 32, each with a 6-bit scale s and minimum m; an element is
 * {@code d * s * q - dMin * m}, q from 0 to 15. The runs lie in pairs: the first of each in the low nibbles of 32 bytes,
 * the second in the high ones.
 *
 * <pre>
 * byte  0     2      4                    16          17               47          48                    143
 *       | d   | dMin | s, m: ScalePairs   | q32 : q0  | q33 : q1 | ... | q63 : q31 | q96 : q64 | ... ... | q255 : q223 |
 * </pre>
 *
 * d and dMin are float16. Encoding searches for scales and minima ({@link AffineBlock}).
 */
final class Q4_K implements Codec {
    private static final int BLOCK = Format.Q4_K.blockSize();
    private static final int BLOCK_BYTES = Format.Q4_K.blockBytes();
    private static final int RUNS = 8;
    private static final int RUN = 32;
    private static final int SCALES = 4;
    private static final int QUANTA = 16;

    @Override
    public Format format() {
        return Format.Q4_K;
    }

    @Override
    public void decode(MemorySegment data, long byteOffset, float[] out, int outOffset, int count) {
        Bytes.requireWholeBlocks(Format.Q4_K, count);
        long block = byteOffset;
        for (int i = outOffset; i < outOffset + count; i += BLOCK, block += BLOCK_BYTES) {
            float d = Bytes.half(data, block);
            float dMin = Bytes.half(data, block + 2);
            for (int run = 0; run < RUNS; run++) {
                float scale = d * ScalePairs.scale(data, block + SCALES, run);
                float minus = dMin * ScalePairs.minimum(data, block + SCALES, run);
                long bytes = block + QUANTA + run / 2 * (long) RUN;
                int shift = run % 2 * 4;
                for (int j = 0; j < RUN; j++) {
                    out[i + run * RUN + j] = scale * (Bytes.unsigned(data, bytes + j) >>> shift & 0x0F) - minus;
                }
            }
        }
    }

    @Override
    public void encode(float[] in, int inOffset, int count, float[] importance, MemorySegment out, long byteOffset) {
        Bytes.requireWholeBlocks(Format.Q4_K, count);
        Bytes.requireFinite(Format.Q4_K, in, inOffset, count);
        Bytes.requireImportance(Format.Q4_K, importance, count);
        AffineBlock fit = new AffineBlock(Format.Q4_K, RUNS, 63, 15);
        long block = byteOffset;
        for (int i = inOffset; i < inOffset + count; i += BLOCK, block += BLOCK_BYTES) {
            fit.encode(in, i, importance, i - inOffset);
            out.set(Bytes.SHORT, block, fit.d);
            out.set(Bytes.SHORT, block + 2, fit.dMin);
            ScalePairs.put(out, block + SCALES, fit.scales, fit.minima);
            for (int j = 0; j < BLOCK / 2; j++) {
                int low = j / RUN * 2 * RUN + j % RUN;
                Bytes.put(out, block + QUANTA + j, fit.q[low] | fit.q[low + RUN] << 4);
            }
        }
    }
}
