package dev.vesper.tensor.kernel;

import dev.vesper.tensor.Format;
import java.lang.foreign.MemorySegment;

/**
 * Reads the weights of one format as vectors of floats, each the very float that the scalar codec gives. The loops over
 * elements live in the implementations, so that each is compiled for its format alone.
 */
sealed interface WeightReader permits F32Vector, F16Vector, BF16Vector, Q8_0Vector, Q4_0Vector, Q4_1Vector, Q5_0Vector,
        Q5_1Vector, IQ4_NLVector, IQ4_XSVector, MXFP4Vector, Q2_KVector, Q3_KVector,
        Q4_KVector, Q5_KVector, Q6_KVector, LatticeVector, DecodedReader {
    /** Rows that {@link #dot} has in flight where nothing else is said. */
    int ROWS = 2;
    /** The most rows that any format has in flight. */
    int MOST_ROWS = 6;
    /** Floats behind the sums that {@link #prepare} and {@link #dot} may use for themselves. */
    int ROOM = 1024;

    /** Rows that {@link #dot} has in flight, at most {@link #MOST_ROWS}: each is a stream of its own from memory. */
    default int rows() {
        return ROWS;
    }

    /**
     * Writes {@code count} elements from {@code byteOffset} on, a vector every {@code step} floats from {@code out[at]}
     * on; what is left of the last vector becomes zero.
     */
    void unpack(MemorySegment data, long byteOffset, int count, float[] out, int at, int step);

    /**
     * Called before each {@link #dot} with the same arguments, to unpack scales into the room behind the sums. It is a
     * method of its own because a loop that does that, too, is larger than what C2 inlines.
     */
    default void prepare(MemorySegment data, long byteOffset, long distance, int count, float[] sums) {}

    /**
     * Writes to {@code sums[0...rows())} the dot products of {@code x[xAt ... xAt + count)} with {@link #rows()} rows,
     * the first at {@code byteOffset} and each {@code distance} bytes after the one before: lane l accumulates the
     * elements l, l + COUNT, ... in order, then {@link Lanes#sum}.
     *
     * @param x zero from {@code xAt + count} to the end of the last vector
     * @param sums of {@code MOST_ROWS + ROOM} floats at least
     */
    void dot(MemorySegment data, long byteOffset, long distance, int count, float[] x, int xAt, float[] sums);

    /** @throws UnsupportedOperationException if the format cannot be computed with */
    static WeightReader of(Format format) {
        return switch (format) {
            case F32 -> F32Vector.READER;
            case F16 -> F16Vector.READER;
            case BF16 -> BF16Vector.READER;
            case Q8_0 -> Q8_0Vector.READER;
            case Q4_0 -> Q4_0Vector.READER;
            case Q4_1 -> Q4_1Vector.READER;
            case Q5_0 -> Q5_0Vector.READER;
            case Q5_1 -> Q5_1Vector.READER;
            case IQ4_NL -> IQ4_NLVector.READER;
            case IQ4_XS -> IQ4_XSVector.READER;
            case MXFP4 -> MXFP4Vector.READER;
            case Q2_K -> Q2_KVector.READER;
            case Q3_K -> Q3_KVector.READER;
            case Q4_K -> Q4_KVector.READER;
            case Q5_K -> Q5_KVector.READER;
            case Q6_K -> Q6_KVector.READER;
            case IQ1_S, IQ1_M, IQ2_XXS, IQ2_XS, IQ2_S, IQ3_XXS, IQ3_S -> LatticeVector.of(format);
            default -> DecodedReader.of(format);
        };
    }
}
