package dev.vesper.tensor.kernel;

import java.util.OptionalInt;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The one vector shape that a process computes with, and sums across its lanes in a fixed order. Everything is a
 * constant, because C2 folds nothing else.
 *
 * <p>{@code reduceLanes(ADD)} leaves its order open, and the interpreter and C2 do differ. Here lane {@code l} takes
 * lane {@code l + n/2}, then {@code l + n/4} and so on: {@link #sum} for one vector, {@link #sums} for as many vectors
 * as there are lanes, give the same bits.
 */
final class Lanes {
    static final VectorSpecies<Float> FLOAT = species();
    /** Floats in a vector. */
    static final int COUNT = FLOAT.length();
    /**
     * Elements of a dot product that lanes accumulate before they are summed; sums of chunks are added in order. Part
     * of the definition of every result, so the same for one token and for many. The panel of a tile must fit L2.
     */
    static final int CHUNK = 2048;

    private static final VectorShuffle<Float> SWAP_8 = swap(8);
    private static final VectorShuffle<Float> SWAP_4 = swap(4);
    private static final VectorShuffle<Float> SWAP_2 = swap(2);
    private static final VectorShuffle<Float> SWAP_1 = swap(1);
    private static final VectorMask<Float> UPPER_8 = upper(8);
    private static final VectorMask<Float> UPPER_4 = upper(4);
    private static final VectorMask<Float> UPPER_2 = upper(2);
    private static final VectorMask<Float> UPPER_1 = upper(1);

    private Lanes() {}

    private static VectorSpecies<Float> species() {
        OptionalInt bits = VectorWidth.requested();
        return bits.isPresent()
                ? VectorSpecies.of(float.class, VectorShape.forBitSize(bits.getAsInt()))
                : FloatVector.SPECIES_PREFERRED;
    }

    private static VectorShuffle<Float> swap(int distance) {
        return VectorShuffle.fromOp(FLOAT, lane -> (lane ^ distance) % COUNT);
    }

    private static VectorMask<Float> upper(int distance) {
        boolean[] lanes = new boolean[COUNT];
        for (int lane = 0; lane < COUNT; lane++) {
            lanes[lane] = (lane & distance) != 0;
        }
        return VectorMask.fromArray(FLOAT, lanes, 0);
    }

    /** {@code count} rounded up to whole vectors. */
    static int padded(int count) {
        return Math.ceilDiv(count, COUNT) * COUNT;
    }

    static float sum(FloatVector v) {
        FloatVector s = v;
        if (COUNT > 8) {
            s = s.add(s.rearrange(SWAP_8));
        }
        if (COUNT > 4) {
            s = s.add(s.rearrange(SWAP_4));
        }
        s = s.add(s.rearrange(SWAP_2));
        s = s.add(s.rearrange(SWAP_1));
        return s.lane(0);
    }

    /**
     * Writes to {@code sums[0 ... rows)} the sums over lanes of the vectors that lie one after another at {@code at}, as
     * {@link #sum} does: in an array, because as arguments they would be objects wherever C2 does not inline this.
     */
    static void sumRows(float[] sums, int at, int rows) {
        for (int row = 0; row < rows; row++) {
            FloatVector s = FloatVector.fromArray(FLOAT, sums, at + row * COUNT);
            if (COUNT > 8) {
                s = s.add(s.rearrange(SWAP_8));
            }
            if (COUNT > 4) {
                s = s.add(s.rearrange(SWAP_4));
            }
            s = s.add(s.rearrange(SWAP_2));
            s = s.add(s.rearrange(SWAP_1));
            sums[row] = s.lane(0);
        }
    }

    /**
     * Writes to {@code out[to ...]} the sums of the {@link #COUNT} vectors that lie one after another at {@code at}: lane i
     * gets that of vector i. The vectors are overwritten: they are merged where they lie, because C2 does not inline a
     * method that hands on so many of them, and what it does not inline makes an object of each.
     */
    static void sums(float[] vectors, int at, float[] out, int to) {
        if (COUNT > 8) {
            for (int i = at; i < at + 8 * COUNT; i += COUNT) {
                FloatVector a = FloatVector.fromArray(FLOAT, vectors, i);
                FloatVector b = FloatVector.fromArray(FLOAT, vectors, i + 8 * COUNT);
                a.blend(b, UPPER_8).add(b.blend(a, UPPER_8).rearrange(SWAP_8)).intoArray(vectors, i);
            }
        }
        if (COUNT > 4) {
            for (int i = at; i < at + 4 * COUNT; i += COUNT) {
                FloatVector a = FloatVector.fromArray(FLOAT, vectors, i);
                FloatVector b = FloatVector.fromArray(FLOAT, vectors, i + 4 * COUNT);
                a.blend(b, UPPER_4).add(b.blend(a, UPPER_4).rearrange(SWAP_4)).intoArray(vectors, i);
            }
        }
        for (int i = at; i < at + 2 * COUNT; i += COUNT) {
            FloatVector a = FloatVector.fromArray(FLOAT, vectors, i);
            FloatVector b = FloatVector.fromArray(FLOAT, vectors, i + 2 * COUNT);
            a.blend(b, UPPER_2).add(b.blend(a, UPPER_2).rearrange(SWAP_2)).intoArray(vectors, i);
        }
        FloatVector a = FloatVector.fromArray(FLOAT, vectors, at);
        FloatVector b = FloatVector.fromArray(FLOAT, vectors, at + COUNT);
        a.blend(b, UPPER_1).add(b.blend(a, UPPER_1).rearrange(SWAP_1)).intoArray(out, to);
    }
}
