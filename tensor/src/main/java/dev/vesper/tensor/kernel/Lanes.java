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
     * Writes to {@code sums[0 ... rows)} the sums over lanes of the vectors that lie one after another at {@code at}. The
     * vectors come in an array because as arguments they would be objects wherever C2 does not inline this.
     */
    static void sumRows(float[] sums, int at, int rows) {
        for (int row = 0; row < rows; row++) {
            sums[row] = sum(FloatVector.fromArray(FLOAT, sums, at + row * COUNT));
        }
    }

    /** The sums of the {@link #COUNT} vectors that lie one after another at {@code at}: lane i has that of vector i. */
    static FloatVector sums(float[] vectors, int at) {
        FloatVector even = merge(part(vectors, at, 0), part(vectors, at, 2), UPPER_2, SWAP_2);
        FloatVector odd = merge(part(vectors, at, 1), part(vectors, at, 3), UPPER_2, SWAP_2);
        return merge(even, odd, UPPER_1, SWAP_1);
    }

    /** The vectors {@code i, i + 4, i + 8 ...} merged down to four lanes each. */
    private static FloatVector part(float[] vectors, int at, int i) {
        if (COUNT == 4) {
            return load(vectors, at, i);
        }
        if (COUNT == 8) {
            return merge(load(vectors, at, i), load(vectors, at, i + 4), UPPER_4, SWAP_4);
        }
        FloatVector first = merge(load(vectors, at, i), load(vectors, at, i + 8), UPPER_8, SWAP_8);
        FloatVector second = merge(load(vectors, at, i + 4), load(vectors, at, i + 12), UPPER_8, SWAP_8);
        return merge(first, second, UPPER_4, SWAP_4);
    }

    private static FloatVector load(float[] vectors, int at, int i) {
        return FloatVector.fromArray(FLOAT, vectors, at + i * COUNT);
    }

    /** Adds lanes a distance apart, of {@code a} into the lower and of {@code b} into the upper lane of each pair. */
    private static FloatVector merge(
            FloatVector a, FloatVector b, VectorMask<Float> upper, VectorShuffle<Float> swap) {
        return a.blend(b, upper).add(b.blend(a, upper).rearrange(swap));
    }
}
