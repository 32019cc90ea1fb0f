package dev.vesper.tensor.kernel;

import dev.vesper.tensor.Format;
import dev.vesper.tensor.Weight;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Products of activations rounded to integers with a weight, one number after the other, as they are defined. */
final class IntegerReference {
    private static final int ROUNDED = 32;
    private static final int LANES = 16;
    private static final int CHUNK = 4096;
    private static final int GREATEST = 32639;
    private static final float SMALLEST = 0x1p-100f;
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private IntegerReference() {}

    static float product(Weight weight, int row, float[] x, int token) {
        Blocks format = blocks(weight);
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

    private static float add(Blocks format, int row, int block, float[] x, int at, float sum) {
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

    /** Weights as integers that share a scale, and a minimum. */
    private interface Blocks {
        int size();

        int quantum(int row, int block, int i);

        float scale(int row, int block);

        default boolean hasMinima() {
            return false;
        }

        default float minimum(int row, int block) {
            return 0;
        }
    }

    private static Blocks blocks(Weight weight) {
        return switch (weight.format()) {
            case Q4_0 -> new Q4_0(weight);
            case Q4_K, Q5_K -> new Runs(weight);
            case Q6_K -> new Q6_K(weight);
            default -> throw new IllegalArgumentException("no integers of " + weight.format());
        };
    }

    private static int unsigned(Weight weight, long at) {
        return weight.data().get(ValueLayout.JAVA_BYTE, at) & 0xFF;
    }

    private static float half(Weight weight, long at) {
        return Float.float16ToFloat(weight.data().get(SHORT, at));
    }

    private record Q4_0(Weight weight) implements Blocks {
        @Override
        public int size() {
            return 32;
        }

        private long at(int row, int block) {
            return row * weight.rowBytes() + block * 18L;
        }

        @Override
        public int quantum(int row, int block, int i) {
            int pair = unsigned(weight, at(row, block) + 2 + i % 16);
            return (i < 16 ? pair & 0xF : pair >> 4) - 8;
        }

        @Override
        public float scale(int row, int block) {
            return half(weight, at(row, block));
        }
    }

    private record Runs(Weight weight) implements Blocks {
        @Override
        public int size() {
            return 32;
        }

        private long at(int row, int block) {
            return row * weight.rowBytes() + block / 8 * (long) weight.format().blockBytes();
        }

        private boolean fifth() {
            return weight.format() == Format.Q5_K;
        }

        @Override
        public int quantum(int row, int block, int i) {
            int run = block % 8;
            int pair = unsigned(weight, at(row, block) + (fifth() ? 48 : 16) + run / 2 * 32 + i);
            int lower = run % 2 == 0 ? pair & 0xF : pair >> 4;
            return fifth() ? lower | (unsigned(weight, at(row, block) + 16 + i) >> run & 1) << 4 : lower;
        }

        /** The first four are six bits of a byte; of the others four bits lie in the third word, and two above the first. */
        private int number(int row, int block, int word) {
            int run = block % 8;
            long at = at(row, block) + 4;
            if (run < 4) {
                return unsigned(weight, at + 4 * word + run) & 0x3F;
            }
            int lower = unsigned(weight, at + 8 + run - 4) >> 4 * word & 0xF;
            return lower | unsigned(weight, at + 4 * word + run - 4) >> 6 << 4;
        }

        @Override
        public float scale(int row, int block) {
            return half(weight, at(row, block)) * number(row, block, 0);
        }

        @Override
        public boolean hasMinima() {
            return true;
        }

        @Override
        public float minimum(int row, int block) {
            return half(weight, at(row, block) + 2) * number(row, block, 1);
        }
    }

    private record Q6_K(Weight weight) implements Blocks {
        @Override
        public int size() {
            return 16;
        }

        private long at(int row, int block) {
            return row * weight.rowBytes() + block / 16 * 210L;
        }

        @Override
        public int quantum(int row, int block, int i) {
            int column = block % 16 * 16 + i;
            int half = column / 128;
            int within = column % 128;
            int lower = unsigned(weight, at(row, block) + 64 * half + within % 64) >> within / 64 * 4 & 0xF;
            int upper = unsigned(weight, at(row, block) + 128 + 32 * half + within % 32) >> within / 32 * 2 & 3;
            return (lower | upper << 4) - 32;
        }

        @Override
        public float scale(int row, int block) {
            int scale = (byte) unsigned(weight, at(row, block) + 192 + block % 16);
            return half(weight, at(row, block) + 208) * scale;
        }
    }
}
