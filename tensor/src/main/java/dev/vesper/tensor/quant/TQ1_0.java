package dev.vesper.tensor.quant;

import dev.vesper.tensor.Format;
import java.lang.foreign.MemorySegment;

/**
 * Blocks of 256 ternary elements with one float16 scale; an element is {@code d * (t - 1)}, t from 0 to 2. Five t fit
 * into a byte b as the first digits of the fraction b / 256 to the base 3: digit n is the integer part of {@code 3 *
 * frac(3^n * b / 256)}, so that no division is needed.
 *
 * <pre>
 * byte  0                                32                                    48                               52
 *       | t0+j t32+j t64+j t96+j t128+j  | t160+j t176+j t192+j t208+j t224+j  | t240+j t244+j t248+j t252+j    | d |
 *         32 bytes, j = 0 ... 31           16 bytes, j = 0 ... 15                4 bytes, j = 0 ... 3, four each
 * </pre>
 *
 * Encoding takes the largest magnitude for the scale; meant for models that were trained to be ternary.
 */
final class TQ1_0 implements Codec {
    private static final int BLOCK = Format.TQ1_0.blockSize();
    private static final int BLOCK_BYTES = Format.TQ1_0.blockBytes();
    private static final int D = 52;
    private static final int DIGITS = 5;
    private static final int[] POWERS = {1, 3, 9, 27, 81};

    @Override
    public Format format() {
        return Format.TQ1_0;
    }

    @Override
    public void decode(MemorySegment data, long byteOffset, float[] out, int outOffset, int count) {
        Bytes.requireWholeBlocks(Format.TQ1_0, count);
        long block = byteOffset;
        for (int i = outOffset; i < outOffset + count; i += BLOCK, block += BLOCK_BYTES) {
            float d = Bytes.half(data, block + D);
            for (int j = 0; j < BLOCK; j++) {
                int fraction = Bytes.unsigned(data, block + place(j)) * POWERS[digit(j)] & 0xFF;
                out[i + j] = d * ((3 * fraction >>> 8) - 1);
            }
        }
    }

    /** The byte that element j is in. */
    private static int place(int j) {
        if (j < 160) {
            return j % 32;
        }
        return j < 240 ? 32 + j % 16 : 48 + j % 4;
    }

    /** The digit that element j is. */
    private static int digit(int j) {
        if (j < 160) {
            return j / 32;
        }
        return j < 240 ? (j - 160) / 16 : (j - 240) / 4;
    }

    @Override
    public void encode(float[] in, int inOffset, int count, float[] importance, MemorySegment out, long byteOffset) {
        Bytes.requireWholeBlocks(Format.TQ1_0, count);
        Bytes.requireFinite(Format.TQ1_0, in, inOffset, count);
        long block = byteOffset;
        for (int i = inOffset; i < inOffset + count; i += BLOCK, block += BLOCK_BYTES) {
            float scale = Math.abs(SymmetricFit.largest(in, i, BLOCK));
            int[] numbers = new int[D];
            for (int j = 0; j < BLOCK; j++) {
                numbers[place(j)] += TQ2_0.trit(in[i + j], scale) * POWERS[DIGITS - 1 - digit(j)];
            }
            for (int j = 0; j < D; j++) {
                // rounded up, so that the digits of the fraction are those of the number
                Bytes.put(out, block + j, (numbers[j] * 256 + 242) / 243);
            }
            out.set(Bytes.SHORT, block + D, Bytes.scale(Format.TQ1_0, scale, i));
        }
    }
}
