package dev.vesper.tensor.quant;

import dev.vesper.tensor.Format;
import java.lang.foreign.MemorySegment;

/**
 * Blocks of 256 elements of 5 bits in eight runs of 32, each with a 6-bit scale s and minimum m; an element is
 * {@code d * s * q - dMin * m}, q from 0 to 31. Bit r of byte j of the fifth bits is that of element j of run r; the
 * lower four lie as in {@link Q4_K}.
 *
 * <pre>
 * byte  0     2      4                    16                                48          49               175
 *       | d   | dMin | s, m: ScalePairs   | bit 4 of q224+j .. q32+j, q0+j  | q32 : q0  | q33 : q1 | ... | q255 : q223 |
 *                                           32 bytes, j = 0 ... 31            bits 3..0
 * </pre>
 *
 * d and dMin are float16. Encoding searches for scales and minima ({@link AffineBlock}).
 */
final class Q5_K implements Codec {
    private static final int BLOCK = Format.Q5_K.blockSize();
    private static final int BLOCK_BYTES = Format.Q5_K.blockBytes();
    private static final int RUNS = 8;
    private static final int RUN = 32;
    private static final int SCALES = 4;
    private static final int FIFTH_BITS = 16;
    private static final int NIBBLES = 48;

    @Override
    public Format format() {
        return Format.Q5_K;
    }

    @Override
    public void decode(MemorySegment data, long byteOffset, float[] out, int outOffset, int count) {
        Bytes.requireWholeBlocks(Format.Q5_K, count);
        long block = byteOffset;
        for (int i = outOffset; i < outOffset + count; i += BLOCK, block += BLOCK_BYTES) {
            float d = Bytes.half(data, block);
            float dMin = Bytes.half(data, block + 2);
            for (int run = 0; run < RUNS; run++) {
                float scale = d * ScalePairs.scale(data, block + SCALES, run);
                float minus = dMin * ScalePairs.minimum(data, block + SCALES, run);
                long bytes = block + NIBBLES + run / 2 * (long) RUN;
                int shift = run % 2 * 4;
                for (int j = 0; j < RUN; j++) {
                    int fifth = Bytes.unsigned(data, block + FIFTH_BITS + j) >>> run & 1;
                    int q = Bytes.unsigned(data, bytes + j) >>> shift & 0x0F | fifth << 4;
                    out[i + run * RUN + j] = scale * q - minus;
                }
            }
        }
    }

    @Override
    public void encode(float[] in, int inOffset, int count, float[] importance, MemorySegment out, long byteOffset) {
        Bytes.requireWholeBlocks(Format.Q5_K, count);
        Bytes.requireFinite(Format.Q5_K, in, inOffset, count);
        Bytes.requireImportance(Format.Q5_K, importance, count);
        AffineBlock fit = new AffineBlock(Format.Q5_K, RUNS, 63, 31);
        long block = byteOffset;
        for (int i = inOffset; i < inOffset + count; i += BLOCK, block += BLOCK_BYTES) {
            fit.encode(in, i, importance, i - inOffset);
            out.set(Bytes.SHORT, block, fit.d);
            out.set(Bytes.SHORT, block + 2, fit.dMin);
            ScalePairs.put(out, block + SCALES, fit.scales, fit.minima);
            for (int j = 0; j < RUN; j++) {
                int fifth = 0;
                for (int run = 0; run < RUNS; run++) {
                    fifth |= fit.q[run * RUN + j] >>> 4 << run;
                }
                Bytes.put(out, block + FIFTH_BITS + j, fifth);
            }
            for (int j = 0; j < BLOCK / 2; j++) {
                int low = j / RUN * 2 * RUN + j % RUN;
                Bytes.put(out, block + NIBBLES + j, fit.q[low] & 0x0F | fit.q[low + RUN] << 4);
            }
        }
    }
}
