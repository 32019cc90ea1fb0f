package dev.vesper.tensor.quant;

import dev.vesper.tensor.Format;
import java.lang.foreign.MemorySegment;

/**
 * Blocks of 256 elements in sixteen runs of 16, each with a 3-bit scale s; eight elements are a point of the lattice of
 * 2048 points and a bit b. An element is {@code d * (2s + 1) * (v + 1/8)}, v from -1 to 1, and with {@code - 1/8} where
 * b is set.
 *
 * <pre>
 * byte  0            32                                  48                       50                56
 *       | p0 ... p31 | b1 : p1 : b0 : p0       | ... p30 | d0 : s3 : s2 : s1 : s0 | three such more |
 *         bits 7..0    1, bits 10..8, 1, 10..8             4    3 bits each
 * </pre>
 *
 * p is the place of a point; d is float16, its bits being d3 : d2 : d1 : d0. Encoding searches for scales and the
 * points nearest at them, with either b.
 */
final class IQ1_M implements Codec {
    private static final int BLOCK = Format.IQ1_M.blockSize();
    private static final int BLOCK_BYTES = Format.IQ1_M.blockBytes();
    private static final int RUN = 16;
    private static final int GROUPS = 32;
    private static final int UPPER = 32;
    private static final int SMALL_SCALES = 48;
    private static final double UNIT = 1;
    private static final int SCALES = 8;
    private static final double[] ENDS = LatticeFit.ends(1, 2.8, 7);

    private final Lattice lattice;

    IQ1_M(Lattice lattice) {
        this.lattice = lattice;
    }

    @Override
    public Format format() {
        return Format.IQ1_M;
    }

    @Override
    public void decode(MemorySegment data, long byteOffset, float[] out, int outOffset, int count) {
        Bytes.requireWholeBlocks(Format.IQ1_M, count);
        long block = byteOffset;
        for (int i = outOffset; i < outOffset + count; i += BLOCK, block += BLOCK_BYTES) {
            int bits = 0;
            for (int quarter = 0; quarter < 4; quarter++) {
                bits |= (data.get(Bytes.SHORT, block + SMALL_SCALES + 2L * quarter) >>> 12 & 0x0F) << 4 * quarter;
            }
            float d = Float.float16ToFloat((short) bits);
            for (int group = 0; group < GROUPS; group++) {
                int four = data.get(Bytes.SHORT, block + SMALL_SCALES + group / 8 * 2L);
                float scale = d * (2 * (four >>> group / 2 % 4 * 3 & 7) + 1);
                int upper = Bytes.unsigned(data, block + UPPER + group / 2) >>> group % 2 * 4;
                int point = Bytes.unsigned(data, block + group) | (upper & 7) << 8;
                float shift = (upper & 8) == 0 ? ShiftedPoints.SHIFT : -ShiftedPoints.SHIFT;
                lattice.putShifted(point, scale, shift, out, i + group * 8);
            }
        }
    }

    @Override
    public void encode(float[] in, int inOffset, int count, float[] importance, MemorySegment out, long byteOffset) {
        Bytes.requireWholeBlocks(Format.IQ1_M, count);
        Bytes.requireFinite(Format.IQ1_M, in, inOffset, count);
        Bytes.requireImportance(Format.IQ1_M, importance, count);
        ShiftedPoints points = new ShiftedPoints(lattice, RUN, 8);
        LatticeFit fit = new LatticeFit(Format.IQ1_M, points, BLOCK / RUN, UNIT, SCALES, ENDS);
        long block = byteOffset;
        for (int i = inOffset; i < inOffset + count; i += BLOCK, block += BLOCK_BYTES) {
            points.take(in, i, importance, i - inOffset);
            short d = fit.fit(i);
            write(points, fit, d, out, block);
        }
    }

    private static void write(ShiftedPoints points, LatticeFit fit, short d, MemorySegment out, long block) {
        for (int pair = 0; pair < GROUPS / 2; pair++) {
            int upper = 0;
            for (int i = 0; i < 2; i++) {
                int group = 2 * pair + i;
                Bytes.put(out, block + group, points.point(group));
                upper |= (points.point(group) >>> 8 | (points.isDown(group) ? 8 : 0)) << 4 * i;
            }
            Bytes.put(out, block + UPPER + pair, upper);
        }
        for (int quarter = 0; quarter < 4; quarter++) {
            int bits = (d >>> 4 * quarter & 0x0F) << 12;
            for (int i = 0; i < 4; i++) {
                bits |= fit.chosen(4 * quarter + i) << 3 * i;
            }
            out.set(Bytes.SHORT, block + SMALL_SCALES + 2L * quarter, (short) bits);
        }
    }
}
