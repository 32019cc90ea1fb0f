package dev.vesper.tensor.quant;

import dev.vesper.tensor.Format;
import java.lang.foreign.MemorySegment;

/**
 * Blocks of 256 elements in sixteen runs of 16, each with a 4-bit scale s; eight elements are a point of the lattice of
 * 512 points and eight signs, whose product is positive. An element is {@code d * (2s + 1) / 8 * v}, v from 8 to 43.
 *
 * <pre>
 * byte  0         2                             66                            74
 *       | d       | g0 : p0     | ... g31 : p31 | s1 : s0     | ... s15 : s14 |
 *         float16   7    9 bits                   4 bits each
 * </pre>
 *
 * p is the place of a point, g its signs, a set bit for minus. Of the signs, the first seven are stored: the eighth
 * makes the number of minus signs even. Encoding searches for scales and the points nearest at them.
 */
final class IQ2_XS implements Codec {
    private static final int BLOCK = Format.IQ2_XS.blockSize();
    private static final int BLOCK_BYTES = Format.IQ2_XS.blockBytes();
    private static final int RUN = 16;
    private static final int GROUPS = 32;
    private static final int POINTS = 2;
    private static final int SMALL_SCALES = 66;
    private static final double UNIT = 0.125;
    private static final int SCALES = 16;
    private static final double[] ENDS = LatticeFit.ends(24, 48, 9);

    private final Lattice lattice;

    IQ2_XS(Lattice lattice) {
        this.lattice = lattice;
    }

    @Override
    public Format format() {
        return Format.IQ2_XS;
    }

    @Override
    public void decode(MemorySegment data, long byteOffset, float[] out, int outOffset, int count) {
        Bytes.requireWholeBlocks(Format.IQ2_XS, count);
        long block = byteOffset;
        for (int i = outOffset; i < outOffset + count; i += BLOCK, block += BLOCK_BYTES) {
            float d = Bytes.half(data, block);
            for (int group = 0; group < GROUPS; group++) {
                int s = Bytes.unsigned(data, block + SMALL_SCALES + group / 4) >>> group / 2 % 2 * 4 & 0x0F;
                int pair = data.get(Bytes.SHORT, block + POINTS + 2L * group) & 0xFFFF;
                float scale = d * (float) UNIT * (2 * s + 1);
                lattice.put(pair & 0x1FF, scale, SignedPoints.signs(pair >>> 9), out, i + group * 8);
            }
        }
    }

    @Override
    public void encode(float[] in, int inOffset, int count, float[] importance, MemorySegment out, long byteOffset) {
        Bytes.requireWholeBlocks(Format.IQ2_XS, count);
        Bytes.requireFinite(Format.IQ2_XS, in, inOffset, count);
        Bytes.requireImportance(Format.IQ2_XS, importance, count);
        SignedPoints points = new SignedPoints(lattice, RUN, true);
        LatticeFit fit = new LatticeFit(Format.IQ2_XS, points, BLOCK / RUN, UNIT, SCALES, ENDS);
        long block = byteOffset;
        for (int i = inOffset; i < inOffset + count; i += BLOCK, block += BLOCK_BYTES) {
            points.take(in, i, importance, i - inOffset);
            short d = fit.fit(i);
            write(points, fit, d, out, block);
        }
    }

    private static void write(SignedPoints points, LatticeFit fit, short d, MemorySegment out, long block) {
        out.set(Bytes.SHORT, block, d);
        for (int group = 0; group < GROUPS; group++) {
            int pair = points.point(group) | (points.signsOf(group) & 0x7F) << 9;
            out.set(Bytes.SHORT, block + POINTS + 2L * group, (short) pair);
        }
        for (int run = 0; run < BLOCK / RUN; run += 2) {
            Bytes.put(out, block + SMALL_SCALES + run / 2, fit.chosen(run) | fit.chosen(run + 1) << 4);
        }
    }
}
