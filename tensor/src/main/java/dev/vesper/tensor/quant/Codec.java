package dev.vesper.tensor.quant;

import dev.vesper.tensor.Format;
import java.lang.foreign.MemorySegment;

/**
 * Converts between floats and the bytes of one {@link Format}, a scalar at a time: the definition of the format that
 * faster code is held to. Stateless; bytes are little-endian at any alignment.
 */
public sealed interface Codec permits F32, F16, BF16, Q8_0, Q4_0 {

    Format format();

    /**
     * Writes {@code count} elements to {@code out[outOffset...]}, read from {@code byteOffset}, where a block begins.
     *
     * @param count a multiple of the block size
     */
    void decode(MemorySegment data, long byteOffset, float[] out, int outOffset, int count);

    /**
     * Writes {@code in[inOffset ... inOffset + count)} to {@code byteOffset} of {@code out}, rounded as ggml's
     * reference quantisers round.
     *
     * @param count a multiple of the block size
     * @throws IllegalArgumentException if a value cannot be represented by a block format: not finite, or too large for
     *     a float16 scale
     */
    void encode(float[] in, int inOffset, int count, MemorySegment out, long byteOffset);
}
