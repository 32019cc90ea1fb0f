package dev.vesper.tensor.kernel;

import dev.vesper.tensor.Format;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Weights in {@link Format#IQ4_XS}: values are looked up, and their products are exact in float32. */
final class IQ4_XSVector implements WeightReader {
    static final IQ4_XSVector READER = new IQ4_XSVector();
    private static final int RUN = 32;
    private static final int HALF = RUN / 2;
    private static final int BLOCK_BYTES = Format.IQ4_XS.blockBytes();
    private static final int RUNS = Format.IQ4_XS.blockSize() / RUN;
    private static final int UPPER_SCALES = 2;
    private static final int SCALES = 4;
    private static final int QUANTA = 8;

    private IQ4_XSVector() {}

    @Override
    public void unpack(MemorySegment data, long byteOffset, int count, float[] out, int at, int step) {
        int to = at;
        int runs = count / RUN;
        for (int run = 0; run < runs; run++) {
            long block = byteOffset + (long) BLOCK_BYTES * (run / RUNS);
            long quanta = block + QUANTA + (long) HALF * (run % RUNS);
            FloatVector scale = FloatVector.broadcast(Lanes.FLOAT, scale(data, block, run % RUNS));
            for (int shift = 0; shift < 8; shift += 4) {
                for (int j = 0; j < HALF; j += Lanes.COUNT, to += step) {
                    IntVector q = ByteLanes.unsigned(data, quanta + j).lanewise(VectorOperators.LSHR, shift).and(0x0F);
                    Table.uneven(q).mul(scale).intoArray(out, to);
                }
            }
        }
    }

    @Override
    public void dot(MemorySegment data, long byteOffset, long distance, int count, float[] x, int xAt, float[] sums) {
        FloatVector sum0 = FloatVector.zero(Lanes.FLOAT);
        FloatVector sum1 = sum0;
        int runs = count / RUN;
        for (int run = 0; run < runs; run++) {
            long block = byteOffset + (long) BLOCK_BYTES * (run / RUNS);
            long quanta = block + QUANTA + (long) HALF * (run % RUNS);
            FloatVector scale0 = FloatVector.broadcast(Lanes.FLOAT, scale(data, block, run % RUNS));
            FloatVector scale1 = FloatVector.broadcast(Lanes.FLOAT, scale(data, block + distance, run % RUNS));
            for (int i = 0; i < RUN; i += Lanes.COUNT) {
                int shift = i / HALF * 4;
                int j = i % HALF;
                FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, xAt + RUN * run + i);
                IntVector q0 = ByteLanes.unsigned(data, quanta + j).lanewise(VectorOperators.LSHR, shift).and(0x0F);
                IntVector q1 = ByteLanes.unsigned(data, quanta + distance + j)
                        .lanewise(VectorOperators.LSHR, shift)
                        .and(0x0F);
                sum0 = v.fma(Table.uneven(q0).mul(scale0), sum0);
                sum1 = v.fma(Table.uneven(q1).mul(scale1), sum1);
            }
        }
        sum0.intoArray(sums, ROWS);
        sum1.intoArray(sums, ROWS + Lanes.COUNT);
        Lanes.sumRows(sums, ROWS, ROWS);
    }

    private static float scale(MemorySegment data, long block, int run) {
        int lower = data.get(ByteLanes.WORD, block + SCALES) >>> 4 * run & 0x0F;
        int upper = data.get(ByteLanes.SHORT, block + UPPER_SCALES) >>> 2 * run & 3;
        return ByteLanes.float16(data, block) * ((lower | upper << 4) - 32);
    }
}
