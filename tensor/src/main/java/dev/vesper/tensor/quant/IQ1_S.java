package dev.vesper.tensor.quant;

import dev.vesper.tensor.Format;
import java.lang.foreign.MemorySegment;

/**
 * Blocks of 256 elements in eight runs of 32, each with a 3-bit scale s and a bit b; eight elements are a point of the
 * lattice of 2048 points. An element is {@code d * (2s + 1) * (v + 1/8)}, v from -1 to 1, and with {@code - 1/8} where
 * b is set.
 *
 * <pre>
 * byte  0         2            34                           36                50
 *       | d       | p0 ... p31 | b : s : p3 : p2 : p1 : p0  | seven runs more |
 *         float16   bits 7..0    1   3   bits 10..8 of each
 * </pre>
 *
 * p is the place of a point. Encoding searches for scales and the points nearest at them, with either b.
 */
final class IQ1_S implements Codec {
    private static final int BLOCK = Format.IQ1_S.blockSize();
    private static final int BLOCK_BYTES = Format.IQ1_S.blockBytes();
    private static final int RUN = 32;
    private static final int GROUPS = 4;
    private static final int POINTS = 2;
    private static final int RUNS = 34;
    private static final double UNIT = 1;
    private static final int SCALES = 8;
    private static final double[] ENDS = LatticeFit.ends(1, 2.8, 7);

    private final Lattice lattice;

    IQ1_S(Lattice lattice) {
        this.lattice = lattice;
    }

    @Override
    public Format format() {
        return Format.IQ1_S;
    }

    @Override
    public void decode(MemorySegment data, long byteOffset, float[] out, int outOffset, int count) {
        Bytes.requireWholeBlocks(Format.IQ1_S, count);
        long block = byteOffset;
        for (int i = outOffset; i < outOffset + count; i += BLOCK, block += BLOCK_BYTES) {
            float d = Bytes.half(data, block);
            for (int run = 0; run < BLOCK / RUN; run++) {
                int bits = data.get(Bytes.SHORT, block + RUNS + 2L * run);
                float scale = d * (2 * (bits >>> 12 & 7) + 1);
                float shift = (bits & 0x8000) == 0 ? ShiftedPoints.SHIFT : -ShiftedPoints.SHIFT;
                for (int group = 0; group < GROUPS; group++) {
                    int lower = Bytes.unsigned(data, block + POINTS + (long) run * GROUPS + group);
                    int point = lower | (bits >>> 3 * group & 7) << 8;
                    lattice.putShifted(point, scale, shift, out, i + run * RUN + group * 8);
                }
            }
        }
    }

    @Override
    public void encode(float[] in, int inOffset, int count, float[] importance, MemorySegment out, long byteOffset) {
        Bytes.requireWholeBlocks(Format.IQ1_S, count);
        Bytes.requireFinite(Format.IQ1_S, in, inOffset, count);
        Bytes.requireImportance(Format.IQ1_S, importance, count);
        ShiftedPoints points = new ShiftedPoints(lattice, RUN, RUN);
        LatticeFit fit = new LatticeFit(Format.IQ1_S, points, BLOCK / RUN, UNIT, SCALES, ENDS);
        long block = byteOffset;
        for (int i = inOffset; i < inOffset + count; i += BLOCK, block += BLOCK_BYTES) {
            points.take(in, i, importance, i - inOffset);
            short d = fit.fit(i);
            write(points, fit, d, out, block);
        }
    }

    private static void write(ShiftedPoints points, LatticeFit fit, short d, MemorySegment out, long block) {
        out.set(Bytes.SHORT, block, d);
        for (int run = 0; run < BLOCK / RUN; run++) {
            int bits = fit.chosen(run) << 12 | (points.isDown(run) ? 0x8000 : 0);
            for (int group = 0; group < GROUPS; group++) {
                int point = points.point(run * GROUPS + group);
                Bytes.put(out, block + POINTS + (long) run * GROUPS + group, point);
                bits |= point >>> 8 << 3 * group;
            }
            out.set(Bytes.SHORT, block + RUNS + 2L * run, (short) bits);
        }
    }
}
