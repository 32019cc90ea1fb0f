package dev.vesper.tensor.quant;

import dev.vesper.tensor.Format;
import java.lang.foreign.MemorySegment;

/**
 * Blocks of 256 elements of 2 bits in sixteen runs of 16, each with a 4-bit scale s and minimum m; an element is
 * {@code d * s * q - dMin * m}, q from 0 to 3. Each half of a block takes 32 bytes, each of which holds four elements 32
 * apart.
 *
 * <pre>
 * byte  0                   15         16                                                  48           80    82
 *       | m0 : s0 | ... ... | m15 : s15 | q96+j : q64+j : q32+j : q0+j, 32 bytes, j = 0..31 | second half | d   | dMin |
 * </pre>
 *
 * d and dMin are float16. Encoding searches for scales and minima ({@link AffineBlock}).
 */
final class Q2_K implements Codec {
    private static final int BLOCK = Format.Q2_K.blockSize();
    private static final int BLOCK_BYTES = Format.Q2_K.blockBytes();
    private static final int RUN = 16;
    private static final int RUNS = BLOCK / RUN;
    private static final int QUANTA = 16;
    private static final int D = 80;
    private static final int D_MIN = 82;

    @Override
    public Format format() {
        return Format.Q2_K;
    }

    @Override
    public void decode(MemorySegment data, long byteOffset, float[] out, int outOffset, int count) {
        Bytes.requireWholeBlocks(Format.Q2_K, count);
        long block = byteOffset;
        for (int i = outOffset; i < outOffset + count; i += BLOCK, block += BLOCK_BYTES) {
            float d = Bytes.half(data, block + D);
            float dMin = Bytes.half(data, block + D_MIN);
            for (int run = 0; run < RUNS; run++) {
                int pair = Bytes.unsigned(data, block + run);
                float scale = d * (pair & 0x0F);
                float minus = dMin * (pair >>> 4);
                for (int j = run * RUN; j < (run + 1) * RUN; j++) {
                    int four = Bytes.unsigned(data, block + QUANTA + j / 128 * 32L + j % 32);
                    out[i + j] = scale * (four >>> j / 32 % 4 * 2 & 3) - minus;
                }
            }
        }
    }

    @Override
    public void encode(float[] in, int inOffset, int count, float[] importance, MemorySegment out, long byteOffset) {
        Bytes.requireWholeBlocks(Format.Q2_K, count);
        Bytes.requireFinite(Format.Q2_K, in, inOffset, count);
        Bytes.requireImportance(Format.Q2_K, importance, count);
        AffineBlock fit = new AffineBlock(Format.Q2_K, RUNS, 15, 3);
        long block = byteOffset;
        for (int i = inOffset; i < inOffset + count; i += BLOCK, block += BLOCK_BYTES) {
            fit.encode(in, i, importance, i - inOffset);
            for (int run = 0; run < RUNS; run++) {
                Bytes.put(out, block + run, fit.scales[run] | fit.minima[run] << 4);
            }
            for (int j = 0; j < BLOCK / 4; j++) {
                int first = j / 32 * 128 + j % 32;
                int four = fit.q[first] | fit.q[first + 32] << 2 | fit.q[first + 64] << 4 | fit.q[first + 96] << 6;
                Bytes.put(out, block + QUANTA + j, four);
            }
            out.set(Bytes.SHORT, block + D, fit.d);
            out.set(Bytes.SHORT, block + D_MIN, fit.dMin);
        }
    }
}
