package dev.vesper.tensor.kernel;

import dev.vesper.tensor.Format;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Weights in {@link Format#IQ4_NL}: values are looked up, and their products are exact in float32. */
final class IQ4_NLVector implements WeightReader {
    static final IQ4_NLVector READER = new IQ4_NLVector();
    private static final int RUN = 32;
    private static final int HALF = RUN / 2;
    private static final int BLOCK_BYTES = Format.IQ4_NL.blockBytes();
    private static final int QUANTA = 2;

    private IQ4_NLVector() {}

    @Override
    public void unpack(MemorySegment data, long byteOffset, int count, float[] out, int at, int step) {
        int to = at;
        int runs = count / RUN;
        for (int run = 0; run < runs; run++) {
            long block = byteOffset + (long) BLOCK_BYTES * run;
            long quanta = block + QUANTA;
            FloatVector scale = FloatVector.broadcast(Lanes.FLOAT, ByteLanes.float16(data, block));
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
            long block = byteOffset + (long) BLOCK_BYTES * run;
            long quanta = block + QUANTA;
            FloatVector scale0 = FloatVector.broadcast(Lanes.FLOAT, ByteLanes.float16(data, block));
            FloatVector scale1 = FloatVector.broadcast(Lanes.FLOAT, ByteLanes.float16(data, block + distance));
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
}
