package dev.vesper.tensor.kernel;

import dev.vesper.tensor.Weight;

/** Products of activations rounded to integers with a weight, one number after the other, as they are defined. */
final class IntegerReference {
    private static final int ROUNDED = 32;
    private static final int LANES = 16;
    private static final int CHUNK = 4096;
    private static final int GREATEST = 32639;
    private static final float SMALLEST = 0x1p-100f;

    private IntegerReference() {}

    static float product(Weight weight, int row, float[] x, int token) {
        IntegerReferenceBlocks format = IntegerReferenceBlocks.of(weight);
        int blocks = weight.columns() / format.size();
        int chunkBlocks = CHUNK / format.size();
        float product = 0;
        for (int chunk = 0; chunk < blocks; chunk += chunkBlocks) {
            float[] lanes = new float[LANES];
            int end = Math.min(blocks, chunk + chunkBlocks);
            for (int block = chunk; block < Math.ceilDiv(end, LANES) * LANES; block++) {
                int at = token * weight.columns() + block * format.size();
                lanes[block % LANES] = block < end
                        ? add(format, row, block, x, at, lanes[block % LANES])
                        : Math.fma(0f, 0f, lanes[block % LANES]);
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

    private static float add(IntegerReferenceBlocks format, int row, int block, float[] x, int at, float sum) {
        float greatest = greatest(x, at / ROUNDED * ROUNDED);
        float scale = greatest > SMALLEST || Float.isNaN(greatest) ? greatest / GREATEST : 0;
        int products = 0;
        int activations = 0;
        for (int i = 0; i < format.size(); i++) {
            int rounded = rounded(x[at + i], greatest);
            products += format.quantum(row, block, i) * rounded;
            activations += rounded;
        }
        float less = Math.fma(products * scale, format.scale(row, block), sum);
        return format.hasMinima() ? Math.fma(-(activations * scale), format.minimum(row, block), less) : less;
    }

    /** The greatest magnitude of 32, or NaN if one is not finite. */
    static float greatest(float[] x, int at) {
        float greatest = 0;
        for (int i = 0; i < ROUNDED; i++) {
            greatest = Math.max(greatest, Float.isFinite(x[at + i]) ? Math.abs(x[at + i]) : Float.NaN);
        }
        return greatest;
    }

    static int rounded(float x, float greatest) {
        return greatest > SMALLEST ? (int) Math.rint(x * (GREATEST / greatest)) : 0;
    }
}
