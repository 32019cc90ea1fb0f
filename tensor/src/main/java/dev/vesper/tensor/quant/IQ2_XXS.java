package dev.vesper.tensor.quant;

import dev.vesper.tensor.Format;
import java.lang.foreign.MemorySegment;

/**
 * Blocks of 256 elements in eight runs of 32, each with a 4-bit scale s; eight elements are a point of the lattice of
 * 256 points and eight signs, whose product is positive. An element is {@code d * (2s + 1) / 8 * v}, v from 8 to 43.
 *
 * <pre>
 * byte  0         2                            6                       10                66
 *       | d       | p0 | p1          | p2 | p3 | s : g3 : g2 : g1 : g0 | seven runs more |
 *         float16        8 bits each             4   7 bits each
 * </pre>
 *
 * p is the place of a point, g its signs, a set bit for minus. Of the signs, the first seven are stored: the eighth
 * makes the number of minus signs even. Encoding searches for scales and the points nearest at them.
 */
final class IQ2_XXS implements Codec {
    private static final int BLOCK = Format.IQ2_XXS.blockSize();
    private static final int BLOCK_BYTES = Format.IQ2_XXS.blockBytes();
    private static final int RUN = 32;
    private static final int GROUPS = 4;
    private static final int RUNS = 2;
    private static final int RUN_BYTES = 8;
    private static final double UNIT = 0.125;
    private static final int SCALES = 16;
    private static final double[] ENDS = LatticeFit.ends(24, 48, 9);

    private final Lattice lattice;

    IQ2_XXS(Lattice lattice) {
        this.lattice = lattice;
    }

    @Override
    public Format format() {
        return Format.IQ2_XXS;
    }

    @Override
    public void decode(MemorySegment data, long byteOffset, float[] out, int outOffset, int count) {
        Bytes.requireWholeBlocks(Format.IQ2_XXS, count);
        long block = byteOffset;
        for (int i = outOffset; i < outOffset + count; i += BLOCK, block += BLOCK_BYTES) {
            float d = Bytes.half(data, block);
            for (int run = 0; run < BLOCK / RUN; run++) {
                long at = block + RUNS + (long) RUN_BYTES * run;
                int signs = data.get(Bytes.INT, at + GROUPS);
                float scale = d * (float) UNIT * (2 * (signs >>> 28) + 1);
                for (int group = 0; group < GROUPS; group++) {
                    int point = Bytes.unsigned(data, at + group);
                    int eight = SignedPoints.signs(signs >>> 7 * group & 0x7F);
                    lattice.put(point, scale, eight, out, i + run * RUN + group * 8);
                }
            }
        }
    }

    @Override
    public void encode(float[] in, int inOffset, int count, float[] importance, MemorySegment out, long byteOffset) {
        Bytes.requireWholeBlocks(Format.IQ2_XXS, count);
        Bytes.requireFinite(Format.IQ2_XXS, in, inOffset, count);
        Bytes.requireImportance(Format.IQ2_XXS, importance, count);
        SignedPoints points = new SignedPoints(lattice, RUN, true);
        LatticeFit fit = new LatticeFit(Format.IQ2_XXS, points, BLOCK / RUN, UNIT, SCALES, ENDS);
        long block = byteOffset;
        for (int i = inOffset; i < inOffset + count; i += BLOCK, block += BLOCK_BYTES) {
            points.take(in, i, importance, i - inOffset);
            short d = fit.fit(i);
            write(points, fit, d, out, block);
        }
    }

    private static void write(SignedPoints points, LatticeFit fit, short d, MemorySegment out, long block) {
        out.set(Bytes.SHORT, block, d);
        for (int run = 0; run < BLOCK / RUN; run++) {
            long at = block + RUNS + (long) RUN_BYTES * run;
            int signs = fit.chosen(run) << 28;
            for (int group = 0; group < GROUPS; group++) {
                int place = run * GROUPS + group;
                Bytes.put(out, at + group, points.point(place));
                signs |= (points.signsOf(place) & 0x7F) << 7 * group;
            }
            out.set(Bytes.INT, at + GROUPS, signs);
        }
    }
}
