package dev.vesper.tensor.kernel;

import dev.vesper.tensor.Format;
import java.lang.foreign.MemorySegment;

/**
 * Reads the weights of one format as vectors of floats, each the very float that the scalar codec gives. The loops over
 * elements live in the implementations, so that each is compiled for its format alone.
 */
sealed interface WeightReader permits F32Vector, F16Vector, BF16Vector, Q8_0Vector, Q4_0Vector, DecodedReader {
    /** Rows that {@link #dot} has in flight. */
    int ROWS = 2;
    /** Floats behind the sums that {@link #dot} may use for itself: a block of each row. */
    int ROOM = ROWS * 256;

    /**
     * Writes {@code count} elements from {@code byteOffset} on, a vector every {@code step} floats from {@code out[at]}
     * on; what is left of the last vector becomes zero.
     */
    void unpack(MemorySegment data, long byteOffset, int count, float[] out, int at, int step);

    /**
     * Writes to {@code sums[0...ROWS)} the dot products of {@code x[xAt ... xAt + count)} with {@link #ROWS} rows, the
     * first at {@code byteOffset} and each {@code distance} bytes after the one before: lane l accumulates the elements
     * l, l + COUNT, ... in order, then {@link Lanes#sum}.
     *
     * @param x zero from {@code xAt + count} to the end of the last vector
     * @param sums of {@code ROWS + ROOM} floats at least
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
            default -> DecodedReader.of(format);
        };
    }
}
