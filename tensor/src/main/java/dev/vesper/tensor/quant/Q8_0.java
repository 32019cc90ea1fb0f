package dev.vesper.tensor.quant;

import dev.vesper.tensor.Format;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Blocks of 32 signed bytes with one float16 scale; an element is {@code scale * q}.
 *
 * <pre>
 * byte  0     2    3    4          33
 *       | d   | q0 | q1 | q2 | ... | q31 |      d float16 scale, q signed bytes
 * </pre>
 *
 * Encoding takes the largest magnitude divided by 127 for the scale and rounds halves away from zero, with the scale
 * still in float32.
 */
final class Q8_0 implements Codec {
    private static final int BLOCK = Format.Q8_0.blockSize();
    private static final int BLOCK_BYTES = Format.Q8_0.blockBytes();

    @Override
    public Format format() {
        return Format.Q8_0;
    }

    @Override
    public void decode(MemorySegment data, long byteOffset, float[] out, int outOffset, int count) {
        Bytes.requireWholeBlocks(Format.Q8_0, count);
        long block = byteOffset;
        for (int i = outOffset; i < outOffset + count; i += BLOCK, block += BLOCK_BYTES) {
            float scale = Float.float16ToFloat(data.get(Bytes.SHORT, block));
            for (int j = 0; j < BLOCK; j++) {
                out[i + j] = scale * data.get(ValueLayout.JAVA_BYTE, block + 2 + j);
            }
        }
    }

    @Override
    public void encode(float[] in, int inOffset, int count, float[] importance, MemorySegment out, long byteOffset) {
        Bytes.requireWholeBlocks(Format.Q8_0, count);
        Bytes.requireFinite(Format.Q8_0, in, inOffset, count);
        long block = byteOffset;
        for (int i = inOffset; i < inOffset + count; i += BLOCK, block += BLOCK_BYTES) {
            float largest = 0;
            for (int j = 0; j < BLOCK; j++) {
                largest = Math.max(largest, Math.abs(in[i + j]));
            }
            float scale = largest / 127;
            float inverse = scale == 0 ? 0 : 1 / scale;
            out.set(Bytes.SHORT, block, Bytes.scale(Format.Q8_0, scale, i));
            for (int j = 0; j < BLOCK; j++) {
                out.set(ValueLayout.JAVA_BYTE, block + 2 + j, roundHalfAway(in[i + j] * inverse));
            }
        }
    }

    /** In double, where adding a half is exact; saturates where a tiny scale has an infinite inverse. */
    private static byte roundHalfAway(float value) {
        return (byte) Math.clamp((long) (value + Math.copySign(0.5, value)), -127, 127);
    }
}
