package dev.vesper.tensor.kernel;

import dev.vesper.tensor.Format;
import dev.vesper.tensor.quant.Codecs;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The sixteen values that formats with uneven steps have, looked up for all lanes at once. The values are those that the
 * codec gives for a scale of one; they are held as the bits of floats in as many vectors as it takes.
 */
final class Table {
    private static final VectorSpecies<Integer> INT = Lanes.FLOAT.withLanes(int.class);
    private static final int[] UNEVEN = values(Format.IQ4_NL, new byte[] {0x00, 0x3C});
    private static final int[] E2M1 = values(Format.MXFP4, new byte[] {(byte) 128});

    private static final IntVector UNEVEN_0 = part(UNEVEN, 0);
    private static final IntVector UNEVEN_1 = part(UNEVEN, 1);
    private static final IntVector UNEVEN_2 = part(UNEVEN, 2);
    private static final IntVector UNEVEN_3 = part(UNEVEN, 3);
    private static final IntVector E2M1_0 = part(E2M1, 0);
    private static final IntVector E2M1_1 = part(E2M1, 1);
    private static final IntVector E2M1_2 = part(E2M1, 2);
    private static final IntVector E2M1_3 = part(E2M1, 3);

    private Table() {}

    /** The bits of the elements that a block with this scale and q = 0 ... 15 in its low nibbles begins with. */
    private static int[] values(Format format, byte[] scale) {
        byte[] block = new byte[format.blockBytes()];
        System.arraycopy(scale, 0, block, 0, scale.length);
        for (int q = 0; q < 16; q++) {
            block[scale.length + q] = (byte) q;
        }
        float[] values = new float[32];
        Codecs.of(format).decode(MemorySegment.ofArray(block), 0, values, 0, 32);
        return MemorySegment.ofArray(values).toArray(ValueLayout.JAVA_INT);
    }

    /** Zero where the table needs no more vectors. */
    private static IntVector part(int[] values, int part) {
        int from = part * Lanes.COUNT;
        return from < 16 ? IntVector.fromArray(INT, values, from) : IntVector.zero(INT);
    }

    /** The values of {@code IQ4_NL} and {@code IQ4_XS} for q from 0 to 15. */
    static FloatVector uneven(IntVector q) {
        return Lanes.COUNT == 16
                ? q.selectFrom(UNEVEN_0).reinterpretAsFloats()
                : select(q, UNEVEN_0, UNEVEN_1, UNEVEN_2, UNEVEN_3);
    }

    /** The values of {@code MXFP4} for q from 0 to 15. */
    static FloatVector e2m1(IntVector q) {
        return Lanes.COUNT == 16
                ? q.selectFrom(E2M1_0).reinterpretAsFloats()
                : select(q, E2M1_0, E2M1_1, E2M1_2, E2M1_3);
    }

    private static FloatVector select(IntVector q, IntVector part0, IntVector part1, IntVector part2, IntVector part3) {
        IntVector place = q.and(Lanes.COUNT - 1);
        IntVector lower = place.selectFrom(part0)
                .blend(place.selectFrom(part1), q.compare(VectorOperators.GE, Lanes.COUNT));
        if (Lanes.COUNT == 8) {
            return lower.reinterpretAsFloats();
        }
        return lower.blend(place.selectFrom(part2), q.compare(VectorOperators.GE, 2 * Lanes.COUNT))
                .blend(place.selectFrom(part3), q.compare(VectorOperators.GE, 3 * Lanes.COUNT))
                .reinterpretAsFloats();
    }
}
