package dev.vesper.tensor.quant;

import dev.vesper.tensor.Format;
import java.lang.foreign.MemorySegment;

/**
 * Blocks of 256 elements of 4 bits in eight runs of 32, each with a 6-bit scale s; an element is
 * {@code d * (s - 32) * v[q]}, q from 0 to 15, v the unevenly spaced {@link TableFit#VALUES}. Within the 16 bytes of a
 * run, its first half lies in the low nibbles, its second half in the high ones.
 *
 * <pre>
 * byte  0     2                       4         5         6         7         8           9                      135
 *       | d   | s7 : s6 : ... s1 : s0 | s1 : s0 | s3 : s2 | s5 : s4 | s7 : s6 | q16 : q0  | q17 : q1 | ... | q255 : q239 |
 *               bits 5,4 of each        bits 3..0                               16 bytes a run
 * </pre>
 *
 * d is float16. Encoding searches for the scales; the one of largest magnitude becomes s = 0.
 */
final class IQ4_XS implements Codec {
    private static final int BLOCK = Format.IQ4_XS.blockSize();
    private static final int BLOCK_BYTES = Format.IQ4_XS.blockBytes();
    private static final int RUNS = 8;
    private static final int RUN = 32;
    private static final int UPPER_SCALES = 2;
    private static final int SCALES = 4;
    private static final int QUANTA = 8;
    private static final int MIDDLE = 32;

    @Override
    public Format format() {
        return Format.IQ4_XS;
    }

    @Override
    public void decode(MemorySegment data, long byteOffset, float[] out, int outOffset, int count) {
        Bytes.requireWholeBlocks(Format.IQ4_XS, count);
        long block = byteOffset;
        for (int i = outOffset; i < outOffset + count; i += BLOCK, block += BLOCK_BYTES) {
            float d = Bytes.half(data, block);
            int upper = data.get(Bytes.SHORT, block + UPPER_SCALES);
            for (int run = 0; run < RUNS; run++) {
                int lower = Bytes.unsigned(data, block + SCALES + run / 2) >>> run % 2 * 4 & 0x0F;
                float scale = d * ((lower | (upper >>> 2 * run & 3) << 4) - MIDDLE);
                int to = i + run * RUN;
                for (int j = 0; j < RUN / 2; j++) {
                    int pair = Bytes.unsigned(data, block + QUANTA + run * (RUN / 2L) + j);
                    out[to + j] = scale * TableFit.VALUES[pair & 0x0F];
                    out[to + RUN / 2 + j] = scale * TableFit.VALUES[pair >>> 4];
                }
            }
        }
    }

    @Override
    public void encode(float[] in, int inOffset, int count, float[] importance, MemorySegment out, long byteOffset) {
        Bytes.requireWholeBlocks(Format.IQ4_XS, count);
        Bytes.requireFinite(Format.IQ4_XS, in, inOffset, count);
        Bytes.requireImportance(Format.IQ4_XS, importance, count);
        long block = byteOffset;
        for (int i = inOffset; i < inOffset + count; i += BLOCK, block += BLOCK_BYTES) {
            encodeBlock(in, i, importance, i - inOffset, out, block);
        }
    }

    private static void encodeBlock(
            float[] in, int at, float[] importance, int importanceAt, MemorySegment out, long block) {
        double[][] weights = new double[RUNS][RUN];
        double[] scales = new double[RUNS];
        double largest = 0;
        double variance = 2 * ElementWeights.meanSquare(in, at, BLOCK);
        for (int run = 0; run < RUNS; run++) {
            int from = run * RUN;
            ElementWeights.fill(in, at + from, RUN, importance, importanceAt + from, variance, weights[run]);
            scales[run] = TableFit.scale(in, at + from, weights[run]);
            if (Math.abs(scales[run]) > Math.abs(largest)) {
                largest = scales[run];
            }
        }
        short bits = Bytes.scale(Format.IQ4_XS, (float) (largest / -MIDDLE), at);
        float d = Float.float16ToFloat(bits);
        out.set(Bytes.SHORT, block, bits);
        int upper = 0;
        int lower = 0;
        for (int run = 0; run < RUNS; run++) {
            int scale = best(in, at + run * RUN, weights[run], d, scales[run]);
            lower |= (scale + MIDDLE & 0x0F) << 4 * run;
            upper |= scale + MIDDLE >>> 4 << 2 * run;
            double inverse = SymmetricFit.inverse(d * scale);
            for (int j = 0; j < RUN / 2; j++) {
                int low = TableFit.nearest(in[at + run * RUN + j] * inverse);
                int high = TableFit.nearest(in[at + run * RUN + RUN / 2 + j] * inverse);
                Bytes.put(out, block + QUANTA + run * (RUN / 2L) + j, low | high << 4);
            }
        }
        out.set(Bytes.SHORT, block + UPPER_SCALES, (short) upper);
        out.set(Bytes.INT, block + SCALES, lower);
    }

    /** The rounded scale or the neighbour of it that leaves the smallest error. */
    private static int best(float[] in, int at, double[] weights, float d, double exact) {
        int rounded = (int) SymmetricFit.quantum((float) exact, SymmetricFit.inverse(d), MIDDLE);
        int best = rounded;
        double least = TableFit.error(in, at, weights, d * rounded);
        for (int scale = Math.max(-MIDDLE, rounded - 1); scale <= Math.min(MIDDLE - 1, rounded + 1); scale++) {
            double error = TableFit.error(in, at, weights, d * scale);
            if (error < least) {
                least = error;
                best = scale;
            }
        }
        return best;
    }
}
