package dev.vesper.tensor.kernel;

import dev.vesper.tensor.Weight;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Products of activations rounded to integers with a weight in Q4_0, one number after the other, as they are defined. */
final class IntegerReference {
    private static final int BLOCK = 32;
    private static final int BLOCK_BYTES = 18;
    private static final int LANES = 16;
    private static final int CHUNK_BLOCKS = 4096 / BLOCK;
    private static final int GREATEST = 32639;
    private static final float SMALLEST = 0x1p-100f;
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private IntegerReference() {}

    static float product(Weight weight, int row, float[] x, int token) {
        int blocks = weight.columns() / BLOCK;
        float product = 0;
        for (int chunk = 0; chunk < blocks; chunk += CHUNK_BLOCKS) {
            float[] lanes = new float[LANES];
            int end = Math.min(blocks, chunk + CHUNK_BLOCKS);
            for (int block = chunk; block < Math.ceilDiv(end, LANES) * LANES; block++) {
                int lane = block % LANES;
                lanes[lane] = block < end
                        ? add(weight, row, block, x, token * weight.columns() + block * BLOCK, lanes[lane])
                        : Math.fma(0f, 0f, lanes[lane]);
            }
            for (int distance = LANES / 2; distance > 0; distance /= 2) {
                for (int lane = 0; lane < distance; lane++) {
                    lanes[lane] += lanes[lane + distance];
                }
            }
            product = chunk == 0 ? lanes[0] : product + lanes[0];
        }
        return product;
    }

    private static float add(Weight weight, int row, int block, float[] x, int at, float sum) {
        float greatest = greatest(x, at);
        float scale = greatest > SMALLEST || Float.isNaN(greatest) ? greatest / GREATEST : 0;
        long blockAt = row * weight.rowBytes() + (long) block * BLOCK_BYTES;
        int products = 0;
        for (int i = 0; i < BLOCK; i++) {
            int pair = weight.data().get(ValueLayout.JAVA_BYTE, blockAt + 2 + i % 16);
            int quantum = (i < 16 ? pair & 0xF : pair >> 4 & 0xF) - 8;
            products += quantum * rounded(x[at + i], greatest);
        }
        return Math.fma(products * scale, Float.float16ToFloat(weight.data().get(SHORT, blockAt)), sum);
    }

    /** The greatest magnitude, or NaN if one is not finite. */
    static float greatest(float[] x, int at) {
        float greatest = 0;
        for (int i = 0; i < BLOCK; i++) {
            greatest = Math.max(greatest, Float.isFinite(x[at + i]) ? Math.abs(x[at + i]) : Float.NaN);
        }
        return greatest;
    }

    static int rounded(float x, float greatest) {
        return greatest > SMALLEST ? (int) Math.rint(x * (GREATEST / greatest)) : 0;
    }
}
