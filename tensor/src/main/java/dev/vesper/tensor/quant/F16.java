package dev.vesper.tensor.quant;

import dev.vesper.tensor.Format;
import java.lang.foreign.MemorySegment;

/**
 * IEEE 754 binary16. Encoding rounds to nearest even; values beyond 65504 become infinite.
 *
 * <pre>
 * byte  0         1
 *       ffffffff  seeeeeff      s sign, e exponent (5, bias 15), f fraction (10)
 * </pre>
 */
final class F16 implements Codec {
    @Override
    public Format format() {
        return Format.F16;
    }

    @Override
    public void decode(MemorySegment data, long byteOffset, float[] out, int outOffset, int count) {
        for (int i = 0; i < count; i++) {
            out[outOffset + i] = Float.float16ToFloat(data.get(Bytes.SHORT, byteOffset + 2L * i));
        }
    }

    @Override
    public void encode(float[] in, int inOffset, int count, float[] importance, MemorySegment out, long byteOffset) {
        for (int i = 0; i < count; i++) {
            out.set(Bytes.SHORT, byteOffset + 2L * i, Float.floatToFloat16(in[inOffset + i]));
        }
    }
}
