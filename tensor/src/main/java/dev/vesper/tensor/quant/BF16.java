package dev.vesper.tensor.quant;

import dev.vesper.tensor.Format;
import java.lang.foreign.MemorySegment;

/**
 * The upper half of an IEEE 754 binary32 ("brain float"). Encoding rounds to nearest even and keeps a NaN a quiet NaN.
 *
 * <pre>
 * byte  0         1
 *       efffffff  seeeeeee      s sign, e exponent (8, bias 127), f fraction (7)
 * </pre>
 */
final class BF16 implements Codec {
    private static final int QUIET = 0x40;

    @Override
    public Format format() {
        return Format.BF16;
    }

    @Override
    public void decode(MemorySegment data, long byteOffset, float[] out, int outOffset, int count) {
        for (int i = 0; i < count; i++) {
            out[outOffset + i] = Float.intBitsToFloat(data.get(Bytes.SHORT, byteOffset + 2L * i) << 16);
        }
    }

    @Override
    public void encode(float[] in, int inOffset, int count, float[] importance, MemorySegment out, long byteOffset) {
        for (int i = 0; i < count; i++) {
            out.set(Bytes.SHORT, byteOffset + 2L * i, bits(in[inOffset + i]));
        }
    }

    private static short bits(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) (bits >>> 16 | QUIET);
        }
        int lowestKeptBit = bits >>> 16 & 1;
        return (short) (bits + 0x7FFF + lowestKeptBit >>> 16);
    }
}
