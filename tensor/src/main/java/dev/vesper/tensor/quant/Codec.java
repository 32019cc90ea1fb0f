package dev.vesper.tensor.quant;

import dev.vesper.tensor.Format;
import java.lang.foreign.MemorySegment;

/**
 * Converts between floats and the bytes of one {@link Format}, a scalar at a time: the definition of the format that
 * faster code is held to. Stateless; bytes are little-endian at any alignment.
 */
public sealed interface Codec
        permits F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K, IQ4_NL, IQ4_XS, MXFP4,
        TQ1_0, TQ2_0, IQ1_S, IQ1_M, IQ2_XXS, IQ2_XS, IQ2_S, IQ3_XXS, IQ3_S {
    /** The importance that makes {@link #encode(float[], int, int, float[], MemorySegment, long)} round plainly. */
    float[] NO_IMPORTANCE = {};

    Format format();

    /**
     * Writes {@code count} elements to {@code out[outOffset...]}, read from {@code byteOffset}, where a block begins.
     *
     * @param count a multiple of the block size
     */
    void decode(MemorySegment data, long byteOffset, float[] out, int outOffset, int count);

    /**
     * Writes {@code in[inOffset ... inOffset + count)} to {@code byteOffset} of {@code out}. Each block is rounded for
     * itself, so a call for many blocks gives the bytes of a call for each.
     *
     * @param count a multiple of the block size
     * @param importance how much a squared error of each element matters, relative to the others of its block: element
     *     {@code inOffset + i} has {@code importance[i]}, finite and not negative; or {@link #NO_IMPORTANCE}. Formats
     *     whose blocks leave nothing to choose (floats, {@link Format#Q8_0}, {@link Format#MXFP4}, ternary ones) do not
     *     look at it
     * @throws IllegalArgumentException if a value cannot be represented by a block format: not finite, or too large for
     *     a float16 scale; or if the importance is not as said
     */
    void encode(float[] in, int inOffset, int count, float[] importance, MemorySegment out, long byteOffset);

    /** Encodes with {@link #NO_IMPORTANCE}: as ggml's reference quantisers round, or with a smaller error. */
    default void encode(float[] in, int inOffset, int count, MemorySegment out, long byteOffset) {
        encode(in, inOffset, count, NO_IMPORTANCE, out, byteOffset);
    }
}
