package dev.vesper.tensor.quant;

import dev.vesper.tensor.Format;
import java.lang.foreign.MemorySegment;

/**
 * Blocks of 256 elements of 3 bits in sixteen runs of 16, each with a 6-bit scale s; an element is
 * {@code d * (s - 32) * (q - 4)}, q from 0 to 7. Bit g of byte j of the third bits is that of element 32 g + j. Each
 * half of a block has its lower bits in 32 bytes, each of which holds four elements 32 apart. The scales' lower four bits
 * lie in nibbles, their upper two in four bytes, each of which holds those of four scales 4 apart.
 *
 * <pre>
 * byte  0                                32                                   96                  104                    108
 *       | bit 2 of q224+j .. q32+j, q0+j | q96+j : q64+j : q32+j : q0+j | ... | s8 : s0 | ... s15 : s7 | s12 : s8 : s4 : s0 | .. | d |
 *         32 bytes, j = 0 ... 31           bits 1,0; 32 bytes a half             bits 3..0               bits 5,4               float16
 * </pre>
 *
 * Encoding searches for the scales ({@link SymmetricBlock}).
 */
final class Q3_K implements Codec {
    private static final int BLOCK = Format.Q3_K.blockSize();
    private static final int BLOCK_BYTES = Format.Q3_K.blockBytes();
    private static final int RUN = 16;
    private static final int RUNS = BLOCK / RUN;
    private static final int LOWER = 32;
    private static final int SCALES = 96;
    private static final int UPPER_SCALES = 104;
    private static final int D = 108;

    @Override
    public Format format() {
        return Format.Q3_K;
    }

    @Override
    public void decode(MemorySegment data, long byteOffset, float[] out, int outOffset, int count) {
        Bytes.requireWholeBlocks(Format.Q3_K, count);
        long block = byteOffset;
        for (int i = outOffset; i < outOffset + count; i += BLOCK, block += BLOCK_BYTES) {
            float d = Bytes.half(data, block + D);
            for (int run = 0; run < RUNS; run++) {
                float scale = d * scale(data, block, run);
                for (int j = run * RUN; j < (run + 1) * RUN; j++) {
                    int third = Bytes.unsigned(data, block + j % 32) >>> j / 32 & 1;
                    int lower = Bytes.unsigned(data, block + LOWER + j / 128 * 32L + j % 32) >>> j / 32 % 4 * 2 & 3;
                    out[i + j] = scale * ((lower | third << 2) - 4);
                }
            }
        }
    }

    /** From -32 to 31. */
    private static int scale(MemorySegment data, long block, int run) {
        int lower = Bytes.unsigned(data, block + SCALES + run % 8) >>> run / 8 * 4 & 0x0F;
        int upper = Bytes.unsigned(data, block + UPPER_SCALES + run % 4) >>> run / 4 * 2 & 3;
        return (lower | upper << 4) - 32;
    }

    @Override
    public void encode(float[] in, int inOffset, int count, float[] importance, MemorySegment out, long byteOffset) {
        Bytes.requireWholeBlocks(Format.Q3_K, count);
        Bytes.requireFinite(Format.Q3_K, in, inOffset, count);
        Bytes.requireImportance(Format.Q3_K, importance, count);
        SymmetricBlock fit = new SymmetricBlock(Format.Q3_K, 32, 4);
        long block = byteOffset;
        for (int i = inOffset; i < inOffset + count; i += BLOCK, block += BLOCK_BYTES) {
            fit.encode(in, i, importance, i - inOffset);
            out.asSlice(block, BLOCK_BYTES).fill((byte) 0);
            for (int j = 0; j < BLOCK; j++) {
                int q = fit.q[j] + 4;
                or(out, block + j % 32, q >>> 2 << j / 32);
                or(out, block + LOWER + j / 128 * 32L + j % 32, (q & 3) << j / 32 % 4 * 2);
            }
            for (int run = 0; run < RUNS; run++) {
                int scale = fit.scales[run] + 32;
                or(out, block + SCALES + run % 8, (scale & 0x0F) << run / 8 * 4);
                or(out, block + UPPER_SCALES + run % 4, scale >>> 4 << run / 4 * 2);
            }
            out.set(Bytes.SHORT, block + D, fit.d);
        }
    }

    private static void or(MemorySegment out, long at, int bits) {
        Bytes.put(out, at, Bytes.unsigned(out, at) | bits);
    }
}
