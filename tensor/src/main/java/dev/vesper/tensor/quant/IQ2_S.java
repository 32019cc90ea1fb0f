package dev.vesper.tensor.quant;

import dev.vesper.tensor.Format;
import java.lang.foreign.MemorySegment;

/**
 * Blocks of 256 elements in sixteen runs of 16, each with a 4-bit scale s; eight elements are a point of the lattice of
 * 1024 points and eight signs. An element is {@code d * (2s + 1) / 8 * v}, v from 8 to 43.
 *
 * <pre>
 * byte  0         2            34           66                            74                      82
 *       | d       | p0 ... p31 | g0 ... g31 | p3 : p2 : p1 : p0 | ... p31 | s1 : s0     | ... s14 |
 *         float16   bits 7..0    8 bits       bits 9,8 of each              4 bits each
 * </pre>
 *
 * p is the place of a point, g its signs, the lowest bit for the first element, set for minus. Encoding searches for
 * scales and the points nearest at them.
 */
final class IQ2_S implements Codec {
    private static final int BLOCK = Format.IQ2_S.blockSize();
    private static final int BLOCK_BYTES = Format.IQ2_S.blockBytes();
    private static final int RUN = 16;
    private static final int GROUPS = 32;
    private static final int POINTS = 2;
    private static final int SIGNS = 34;
    private static final int UPPER = 66;
    private static final int SMALL_SCALES = 74;
    private static final double UNIT = 0.125;
    private static final int SCALES = 16;
    private static final double[] ENDS = LatticeFit.ends(24, 48, 9);

    private final Lattice lattice;

    IQ2_S(Lattice lattice) {
        this.lattice = lattice;
    }

    @Override
    public Format format() {
        return Format.IQ2_S;
    }

    @Override
    public void decode(MemorySegment data, long byteOffset, float[] out, int outOffset, int count) {
        Bytes.requireWholeBlocks(Format.IQ2_S, count);
        long block = byteOffset;
        for (int i = outOffset; i < outOffset + count; i += BLOCK, block += BLOCK_BYTES) {
            float d = Bytes.half(data, block);
            for (int group = 0; group < GROUPS; group++) {
                int s = Bytes.unsigned(data, block + SMALL_SCALES + group / 4) >>> group / 2 % 2 * 4 & 0x0F;
                int upper = Bytes.unsigned(data, block + UPPER + group / 4) >>> group % 4 * 2 & 3;
                int point = Bytes.unsigned(data, block + POINTS + group) | upper << 8;
                int signs = Bytes.unsigned(data, block + SIGNS + group);
                lattice.put(point, d * (float) UNIT * (2 * s + 1), signs, out, i + group * 8);
            }
        }
    }

    @Override
    public void encode(float[] in, int inOffset, int count, float[] importance, MemorySegment out, long byteOffset) {
        Bytes.requireWholeBlocks(Format.IQ2_S, count);
        Bytes.requireFinite(Format.IQ2_S, in, inOffset, count);
        Bytes.requireImportance(Format.IQ2_S, importance, count);
        SignedPoints points = new SignedPoints(lattice, RUN, false);
        LatticeFit fit = new LatticeFit(Format.IQ2_S, points, BLOCK / RUN, UNIT, SCALES, ENDS);
        long block = byteOffset;
        for (int i = inOffset; i < inOffset + count; i += BLOCK, block += BLOCK_BYTES) {
            points.take(in, i, importance, i - inOffset);
            short d = fit.fit(i);
            write(points, fit, d, out, block);
        }
    }

    private static void write(SignedPoints points, LatticeFit fit, short d, MemorySegment out, long block) {
        out.set(Bytes.SHORT, block, d);
        for (int four = 0; four < GROUPS / 4; four++) {
            int upper = 0;
            for (int group = 4 * four; group < 4 * four + 4; group++) {
                Bytes.put(out, block + POINTS + group, points.point(group));
                Bytes.put(out, block + SIGNS + group, points.signsOf(group));
                upper |= points.point(group) >>> 8 << 2 * (group % 4);
            }
            Bytes.put(out, block + UPPER + four, upper);
            Bytes.put(out, block + SMALL_SCALES + four, fit.chosen(2 * four) | fit.chosen(2 * four + 1) << 4);
        }
    }
}
