package dev.vesper.tensor.kernel;

import dev.vesper.tensor.Format;
import dev.vesper.tensor.Weight;
import dev.vesper.tensor.quant.Codecs;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Random;

/** Seeded matrices for the tests of kernels, some of them at the limits of their format. */
final class Samples {
    /** How a weight is filled. */
    enum Fill {
        NORMAL,
        ZEROS,
        /** Any bytes, with the largest, smallest, negative and zero scales or exponents of the format. */
        EXTREME
    }

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final short[] FLOAT16_EXTREMES = {0x7BFF, (short) 0xFBFF, 0x0001, (short) 0x83FF, 0x0400, 0, 0x3C00};

    private Samples() {}

    static float[] floats(int count, long seed) {
        Random random = new Random(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    static Weight weight(Format format, int rows, int columns, Fill fill, long seed) {
        // One byte off, because the data of a file is not aligned either.
        MemorySegment data = Arena.ofAuto().allocate(format.bytes((long) rows * columns) + 1, 64).asSlice(1);
        Random random = new Random(seed);
        switch (fill) {
            case NORMAL -> Codecs.of(format).encode(floats(rows * columns, seed), 0, rows * columns, data, 0);
            case ZEROS -> data.fill((byte) 0);
            case EXTREME -> fillExtreme(format, data, random);
        }
        return new Weight("sample", format, data, rows, columns);
    }

    private static void fillExtreme(Format format, MemorySegment data, Random random) {
        for (long at = 0; at < data.byteSize(); at += format.blockBytes()) {
            switch (format) {
                case F32 -> {
                    float[] extremes = {1e18f, -1e18f, Float.MIN_VALUE, -1e-42f, 0f, -0f, Float.MIN_NORMAL, 1};
                    data.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at, extremes[random.nextInt(extremes.length)]);
                }
                case BF16 -> data.set(SHORT, at, (short) (random.nextInt(1 << 16) & ~0x2000));
                case F16 -> {
                    int bits = random.nextInt(1 << 16);
                    boolean finite = (bits & 0x7C00) != 0x7C00;
                    data.set(SHORT, at, (short) (finite ? bits : bits & ~0x4000));
                }
                default -> {
                    for (int i = 0; i < format.blockBytes(); i++) {
                        data.set(ValueLayout.JAVA_BYTE, at + i, (byte) random.nextInt(256));
                    }
                    for (int scale : scales(format)) {
                        data.set(SHORT, at + scale, FLOAT16_EXTREMES[random.nextInt(FLOAT16_EXTREMES.length)]);
                    }
                    if (format == Format.IQ1_M) {
                        // Its scale is spread over four bytes; without this bit it is finite.
                        data.set(ValueLayout.JAVA_BYTE, at + 55, (byte) (random.nextInt(256) & ~0x40));
                    }
                    if (format == Format.MXFP4) {
                        data.set(ValueLayout.JAVA_BYTE, at, (byte) random.nextInt(190));
                    }
                }
            }
        }
    }

    /** Where the float16 numbers of a block are. */
    private static int[] scales(Format format) {
        return switch (format) {
            case MXFP4, IQ1_M -> new int[0];
            case Q4_1, Q5_1, Q4_K, Q5_K -> new int[] {0, 2};
            case Q2_K -> new int[] {80, 82};
            case Q3_K -> new int[] {108};
            case Q6_K -> new int[] {208};
            case TQ1_0 -> new int[] {52};
            case TQ2_0 -> new int[] {64};
            default -> new int[] {0};
        };
    }

    /** The weight as floats, by the scalar codec. */
    static float[] decoded(Weight weight) {
        float[] values = new float[weight.rows() * weight.columns()];
        Codecs.of(weight.format()).decode(weight.data(), 0, values, 0, values.length);
        return values;
    }
}
