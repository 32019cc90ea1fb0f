package dev.vesper.tensor.quant;

import dev.vesper.tensor.Format;
import java.lang.foreign.MemorySegment;

/**
 * Blocks of 256 elements in eight runs of 32, each with a 4-bit scale s; four elements are a point of the lattice of
 * 256 points, and eight have signs, whose product is positive. An element is {@code d * (2s + 1) / 4 * v}, v from 4 to
 * 62.
 *
 * <pre>
 * byte  0         2             66                      70                98
 *       | d       | p0 ... p63  | s : g3 : g2 : g1 : g0 | seven runs more |
 *         float16   8 bits each   4   7 bits each
 * </pre>
 *
 * p is the place of a point, g the signs of eight elements, a set bit for minus. Of the signs, the first seven are
 * stored: the eighth makes the number of minus signs even. Encoding searches for scales and the points nearest at
 * them.
 */
final class IQ3_XXS implements Codec {
    private static final int BLOCK = Format.IQ3_XXS.blockSize();
    private static final int BLOCK_BYTES = Format.IQ3_XXS.blockBytes();
    private static final int RUN = 32;
    private static final int GROUPS = 4;
    private static final int POINTS = 2;
    private static final int SIGNS = 66;
    private static final double UNIT = 0.25;
    private static final int SCALES = 16;
    private static final double[] ENDS = LatticeFit.ends(38, 70, 9);

    private final Lattice lattice;

    IQ3_XXS(Lattice lattice) {
        this.lattice = lattice;
    }

    @Override
    public Format format() {
        return Format.IQ3_XXS;
    }

    @Override
    public void decode(MemorySegment data, long byteOffset, float[] out, int outOffset, int count) {
        Bytes.requireWholeBlocks(Format.IQ3_XXS, count);
        long block = byteOffset;
        for (int i = outOffset; i < outOffset + count; i += BLOCK, block += BLOCK_BYTES) {
            float d = Bytes.half(data, block);
            for (int run = 0; run < BLOCK / RUN; run++) {
                int signs = data.get(Bytes.INT, block + SIGNS + 4L * run);
                float scale = d * (float) UNIT * (2 * (signs >>> 28) + 1);
                for (int group = 0; group < GROUPS; group++) {
                    int eight = SignedPoints.signs(signs >>> 7 * group & 0x7F);
                    long at = block + POINTS + 8L * run + 2L * group;
                    int to = i + run * RUN + group * 8;
                    lattice.put(Bytes.unsigned(data, at), scale, eight, out, to);
                    lattice.put(Bytes.unsigned(data, at + 1), scale, eight >>> 4, out, to + 4);
                }
            }
        }
    }

    @Override
    public void encode(float[] in, int inOffset, int count, float[] importance, MemorySegment out, long byteOffset) {
        Bytes.requireWholeBlocks(Format.IQ3_XXS, count);
        Bytes.requireFinite(Format.IQ3_XXS, in, inOffset, count);
        Bytes.requireImportance(Format.IQ3_XXS, importance, count);
        SignedPoints points = new SignedPoints(lattice, RUN, true);
        LatticeFit fit = new LatticeFit(Format.IQ3_XXS, points, BLOCK / RUN, UNIT, SCALES, ENDS);
        long block = byteOffset;
        for (int i = inOffset; i < inOffset + count; i += BLOCK, block += BLOCK_BYTES) {
            points.take(in, i, importance, i - inOffset);
            short d = fit.fit(i);
            write(points, fit, d, out, block);
        }
    }

    private static void write(SignedPoints points, LatticeFit fit, short d, MemorySegment out, long block) {
        out.set(Bytes.SHORT, block, d);
        for (int point = 0; point < BLOCK / 4; point++) {
            Bytes.put(out, block + POINTS + point, points.point(point));
        }
        for (int run = 0; run < BLOCK / RUN; run++) {
            int signs = fit.chosen(run) << 28;
            for (int group = 0; group < GROUPS; group++) {
                signs |= (points.signsOf(run * GROUPS + group) & 0x7F) << 7 * group;
            }
            out.set(Bytes.INT, block + SIGNS + 4L * run, signs);
        }
    }
}
