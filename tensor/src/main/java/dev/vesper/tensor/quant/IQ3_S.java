package dev.vesper.tensor.quant;

import dev.vesper.tensor.Format;
import java.lang.foreign.MemorySegment;

/**
 * Blocks of 256 elements in eight runs of 32, each with a 4-bit scale s; four elements are a point of the lattice of
 * 512 points, and each has a sign. An element is {@code d * (2s + 1) * v}, v from 1 to 15, odd.
 *
 * <pre>
 * byte  0         2            66                        74           106                         110
 *       | d       | p0 ... p63 | p7 : ... p0   | ... p63 | g0 ... g31 | s1 : s0     | ... s7 : s6 |
 *         float16   bits 7..0    bit 8 of each             8 bits       4 bits each
 * </pre>
 *
 * p is the place of a point, g the signs of eight elements, the lowest bit for the first, set for minus. Encoding
 * searches for scales and the points nearest at them.
 */
final class IQ3_S implements Codec {
    private static final int BLOCK = Format.IQ3_S.blockSize();
    private static final int BLOCK_BYTES = Format.IQ3_S.blockBytes();
    private static final int RUN = 32;
    private static final int POINTS = 2;
    private static final int UPPER = 66;
    private static final int SIGNS = 74;
    private static final int SMALL_SCALES = 106;
    private static final double UNIT = 1;
    private static final int SCALES = 16;
    private static final double[] ENDS = LatticeFit.ends(9, 17, 9);

    private final Lattice lattice;

    IQ3_S(Lattice lattice) {
        this.lattice = lattice;
    }

    @Override
    public Format format() {
        return Format.IQ3_S;
    }

    @Override
    public void decode(MemorySegment data, long byteOffset, float[] out, int outOffset, int count) {
        Bytes.requireWholeBlocks(Format.IQ3_S, count);
        long block = byteOffset;
        for (int i = outOffset; i < outOffset + count; i += BLOCK, block += BLOCK_BYTES) {
            float d = Bytes.half(data, block);
            for (int point = 0; point < BLOCK / 4; point++) {
                int s = Bytes.unsigned(data, block + SMALL_SCALES + point / 16) >>> point / 8 % 2 * 4 & 0x0F;
                int upper = Bytes.unsigned(data, block + UPPER + point / 8) >>> point % 8 & 1;
                int signs = Bytes.unsigned(data, block + SIGNS + point / 2) >>> point % 2 * 4;
                int place = Bytes.unsigned(data, block + POINTS + point) | upper << 8;
                lattice.put(place, d * (2 * s + 1), signs, out, i + point * 4);
            }
        }
    }

    @Override
    public void encode(float[] in, int inOffset, int count, float[] importance, MemorySegment out, long byteOffset) {
        Bytes.requireWholeBlocks(Format.IQ3_S, count);
        Bytes.requireFinite(Format.IQ3_S, in, inOffset, count);
        Bytes.requireImportance(Format.IQ3_S, importance, count);
        SignedPoints points = new SignedPoints(lattice, RUN, false);
        LatticeFit fit = new LatticeFit(Format.IQ3_S, points, BLOCK / RUN, UNIT, SCALES, ENDS);
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
            int upper = 0;
            for (int i = 0; i < RUN / 4; i++) {
                int point = points.point(run * (RUN / 4) + i);
                Bytes.put(out, block + POINTS + run * (RUN / 4L) + i, point);
                upper |= point >>> 8 << i;
            }
            Bytes.put(out, block + UPPER + run, upper);
        }
        for (int group = 0; group < BLOCK / 8; group++) {
            Bytes.put(out, block + SIGNS + group, points.signsOf(group));
        }
        for (int run = 0; run < BLOCK / RUN; run += 2) {
            Bytes.put(out, block + SMALL_SCALES + run / 2, fit.chosen(run) | fit.chosen(run + 1) << 4);
        }
    }
}
