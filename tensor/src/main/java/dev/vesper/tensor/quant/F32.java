package dev.vesper.tensor.quant;

import dev.vesper.tensor.Format;
import java.lang.foreign.MemorySegment;

/**
 * IEEE 754 binary32.
 *
 * <pre>
 * byte  0         1         2         3
 *       ffffffff  ffffffff  efffffff  seeeeeee      s sign, e exponent (8), f fraction (23)
 * </pre>
 */
final class F32 implements Codec {
    @Override
    public Format format() {
        return Format.F32;
    }

    @Override
    public void decode(MemorySegment data, long byteOffset, float[] out, int outOffset, int count) {
        MemorySegment.copy(data, Bytes.FLOAT, byteOffset, out, outOffset, count);
    }

    @Override
    public void encode(float[] in, int inOffset, int count, float[] importance, MemorySegment out, long byteOffset) {
        MemorySegment.copy(in, inOffset, out, Bytes.FLOAT, byteOffset, count);
    }
}
