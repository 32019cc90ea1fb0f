package dev.vesper.tensor.kernel;

import dev.vesper.tensor.Format;
import dev.vesper.tensor.Weight;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Weights as integers that share a scale, and a minimum, read one by one. */
interface IntegerReferenceBlocks {
    /** Weights that share them. */
    int size();

    int quantum(int row, int block, int i);

    float scale(int row, int block);

    default boolean hasMinima() {
        return false;
    }

    default float minimum(int row, int block) {
        return 0;
    }

    static IntegerReferenceBlocks of(Weight weight) {
        return switch (weight.format()) {
            case Q4_0, IQ4_NL -> new Nibbles(weight);
            case Q8_0 -> new Q8_0(weight);
            case Q2_K -> new Q2_K(weight);
            case Q3_K -> new Q3_K(weight);
            case Q4_K, Q5_K -> new Runs(weight);
            case Q6_K -> new Q6_K(weight);
            case IQ4_XS -> new IQ4_XS(weight);
            default -> throw new IllegalArgumentException("no integers of " + weight.format());
        };
    }

    private static int unsigned(Weight weight, long at) {
        return weight.data().get(ValueLayout.JAVA_BYTE, at) & 0xFF;
    }

    private static float half(Weight weight, long at) {
        return Float.float16ToFloat(weight.data()
                .get(ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), at));
    }

    /** The uneven steps of IQ4_NL and IQ4_XS. */
    private static int uneven(int index) {
        int[] steps = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};
        return steps[index];
    }

    private static long at(Weight weight, int row, int block, int blocks) {
        return row * weight.rowBytes() + block / blocks * (long) weight.format().blockBytes();
    }

    record Nibbles(Weight weight) implements IntegerReferenceBlocks {
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
            int number = i < 16 ? pair & 0xF : pair >> 4;
            return weight.format() == Format.IQ4_NL ? uneven(number) : number - 8;
        }

        @Override
        public float scale(int row, int block) {
            return half(weight, at(row, block));
        }
    }

    record Runs(Weight weight) implements IntegerReferenceBlocks {
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

    record Q6_K(Weight weight) implements IntegerReferenceBlocks {
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

    record Q8_0(Weight weight) implements IntegerReferenceBlocks {
        @Override
        public int size() {
            return 32;
        }

        @Override
        public int quantum(int row, int block, int i) {
            return (byte) unsigned(weight, at(weight, row, block, 1) + 2 + i);
        }

        @Override
        public float scale(int row, int block) {
            return half(weight, at(weight, row, block, 1));
        }
    }

    record IQ4_XS(Weight weight) implements IntegerReferenceBlocks {
        @Override
        public int size() {
            return 32;
        }

        @Override
        public int quantum(int row, int block, int i) {
            int pair = unsigned(weight, at(weight, row, block, 8) + 8 + block % 8 * 16 + i % 16);
            return uneven(i < 16 ? pair & 0xF : pair >> 4);
        }

        @Override
        public float scale(int row, int block) {
            long at = at(weight, row, block, 8);
            int run = block % 8;
            int lower = unsigned(weight, at + 4 + run / 2) >> 4 * (run % 2) & 0xF;
            int upper = unsigned(weight, at + 2 + run / 4) >> 2 * (run % 4) & 3;
            return half(weight, at) * ((lower | upper << 4) - 32);
        }
    }

    record Q3_K(Weight weight) implements IntegerReferenceBlocks {
        @Override
        public int size() {
            return 16;
        }

        @Override
        public int quantum(int row, int block, int i) {
            long at = at(weight, row, block, 16);
            int column = block % 16 * 16 + i;
            int run = column / 32;
            int lower = unsigned(weight, at + 32 + column / 128 * 32 + column % 32) >> run % 4 * 2 & 3;
            return lower - (unsigned(weight, at + column % 32) >> run & 1 ^ 1) * 4;
        }

        @Override
        public float scale(int row, int block) {
            long at = at(weight, row, block, 16);
            int run = block % 16;
            int lower = unsigned(weight, at + 96 + run % 8) >> run / 8 * 4 & 0xF;
            int upper = unsigned(weight, at + 104 + run % 4) >> run / 4 * 2 & 3;
            return half(weight, at + 108) * ((lower | upper << 4) - 32);
        }
    }

    record Q2_K(Weight weight) implements IntegerReferenceBlocks {
        @Override
        public int size() {
            return 16;
        }

        @Override
        public int quantum(int row, int block, int i) {
            int column = block % 16 * 16 + i;
            int four = unsigned(weight, at(weight, row, block, 16) + 16 + column / 128 * 32 + column % 32);
            return four >> column / 32 % 4 * 2 & 3;
        }

        @Override
        public float scale(int row, int block) {
            long at = at(weight, row, block, 16);
            return half(weight, at + 80) * (unsigned(weight, at + block % 16) & 0xF);
        }

        @Override
        public boolean hasMinima() {
            return true;
        }

        @Override
        public float minimum(int row, int block) {
            long at = at(weight, row, block, 16);
            return half(weight, at + 82) * (unsigned(weight, at + block % 16) >> 4);
        }
    }
}
