package dev.vesper.tensor.x86;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.vesper.tensor.Format;
import dev.vesper.tensor.Scratch;
import dev.vesper.tensor.Weight;
import dev.vesper.tensor.kernel.VectorKernels;
import dev.vesper.tensor.quant.Codecs;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Dot products in machine code, of every format that has it, give the bits of the vector kernels. */
class BlockCodeTest {
    private static final int ROWS = 8;
    private static final int LANES = 16;
    private static final int CHUNK = 2048;
    /** Rows and tokens at a time. */
    private static final int[][] SHAPES = {{4, 1}, {2, 1}, {1, 1}, {2, 4}, {4, 2}};
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final short[] EXTREMES = {0, (short) 0x8000, 1, (short) 0x83FF, 0x0400, 0x7BFF, (short) 0xFBFF};

    @SuppressWarnings("restricted")
    private static final MethodHandle CALL = Linker.nativeLinker()
            .downcallHandle(
                    FunctionDescriptor.ofVoid(
                            ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.ADDRESS),
                    Linker.Option.critical(true));

    private final Random random = new Random(11);
    private final Scratch scratch = new Scratch();

    @BeforeAll
    static void requireProcessor() throws IOException {
        Path features = Path.of("/proc/cpuinfo");
        assumeTrue(
                Files.exists(features) && Files.readString(features).contains("avx512vl"),
                "no AVX-512 here, which machine code is for");
        assumeTrue(
                new VectorKernels().description().contains("512"),
                "no vectors of 512 bits, which the bits are those of");
    }

    @ParameterizedTest
    @EnumSource(
            value = Format.class, names = {
                "F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K",
                "IQ4_NL",
                "IQ4_XS", "MXFP4", "TQ1_0", "TQ2_0"
            })
    void productsHaveTheBitsOfTheVectorKernels(Format format) throws Throwable {
        BlockCode code = BlockCode.of(format).orElseThrow();
        for (int[] shape : SHAPES) {
            MemorySegment routine = ExecutableMemory.of(DotCode.emit(code, shape[0], shape[1], 1024), false);
            for (int columns : columns(format)) {
                compare(routine, code.elements(), shape[0], shape[1], encoded(format, columns));
                compare(routine, code.elements(), shape[0], shape[1], anyBytes(format, columns));
            }
        }
    }

    private static int[] columns(Format format) {
        int block = format.blockSize();
        return block == 1
                ? new int[] {1, 15, 16, 17, CHUNK, CHUNK + 1, 2 * CHUNK + 33}
                : new int[] {block, 3 * block, CHUNK, CHUNK + block, 2 * CHUNK + block};
    }

    private void compare(MemorySegment routine, int elements, int rows, int tokens, Weight weight) throws Throwable {
        float[] x = floats(tokens * weight.columns());
        float[] expected = new float[tokens * ROWS];
        new VectorKernels().multiply(weight, 0, ROWS, x, tokens, expected, scratch);
        assertThat(expected).doesNotContain(Float.NaN);
        for (boolean near : new boolean[] {true, false}) {
            float[] actual = new float[tokens * ROWS];
            Arrays.fill(actual, Float.NaN);
            multiply(routine, elements, rows, weight, x, actual, near);
            assertThat(bits(actual))
                    .as("%s, %d rows, %d tokens, %d columns, near: %s",
                            weight.format(), rows, tokens, weight.columns(), near)
                    .isEqualTo(bits(expected));
        }
    }

    private static int[] bits(float[] values) {
        return MemorySegment.ofArray(values).toArray(ValueLayout.JAVA_INT);
    }

    /** @param near whether the rows in flight follow each other or lie as far apart as can be */
    private static void multiply(
            MemorySegment routine, int elements, int rows, Weight weight, float[] x, float[] y, boolean near)
            throws Throwable {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment arguments = arena.allocate(Arguments.SIZE, 8);
            long rowBytes = weight.rowBytes();
            long groups = ROWS / rows;
            long full = weight.columns() / CHUNK;
            long last = weight.columns() % CHUNK;
            set(arguments, Arguments.GROUPS, groups);
            set(arguments, Arguments.ROW_DISTANCE, near ? rowBytes : rowBytes * groups);
            set(arguments, Arguments.Y_DISTANCE, near ? Float.BYTES : Float.BYTES * groups);
            set(arguments, Arguments.WEIGHT_ADVANCE, near ? rowBytes * rows : rowBytes);
            set(arguments, Arguments.Y_ADVANCE, near ? Float.BYTES * (long) rows : Float.BYTES);
            set(arguments, Arguments.X_STRIDE, Float.BYTES * (long) weight.columns());
            set(arguments, Arguments.Y_STRIDE, Float.BYTES * (long) ROWS);
            set(arguments, Arguments.CHUNKS, full + (last > 0 ? 1 : 0));
            set(arguments, Arguments.FULL_CHUNKS, full);
            set(arguments, Arguments.LAST_BLOCKS, last / elements);
            set(arguments, Arguments.TAIL_MASK, (1L << last % LANES) - 1);
            CALL.invokeExact(routine, weight.data(), MemorySegment.ofArray(x), MemorySegment.ofArray(y), arguments);
        }
    }

    private static void set(MemorySegment arguments, int place, long value) {
        arguments.set(ValueLayout.JAVA_LONG, place, value);
    }

    private float[] floats(int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    /** One byte off, because the data of a file is not aligned either. */
    private static MemorySegment room(Format format, int columns) {
        return Arena.ofAuto().allocate(format.bytes((long) ROWS * columns) + 1, 64).asSlice(1);
    }

    private Weight encoded(Format format, int columns) {
        MemorySegment data = room(format, columns);
        Codecs.of(format).encode(floats(ROWS * columns), 0, ROWS * columns, data, 0);
        return new Weight("encoded", format, data, ROWS, columns);
    }

    /** Bytes that no encoder gives, with finite scales of any sign and size, zeros and subnormal numbers among them. */
    private Weight anyBytes(Format format, int columns) {
        MemorySegment data = room(format, columns);
        for (long block = 0; block < data.byteSize(); block += format.blockBytes()) {
            for (int i = 0; i < format.blockBytes(); i++) {
                data.set(ValueLayout.JAVA_BYTE, block + i, (byte) random.nextInt(256));
            }
            for (int scale : scales(format)) {
                data.set(SHORT, block + scale, finiteHalf());
            }
            switch (format) {
                // far from the largest exponent
                case F32 -> data.set(SHORT, block + 2, (short) (random.nextInt(1 << 16) & ~0x2000));
                case BF16 -> data.set(SHORT, block, (short) (random.nextInt(1 << 16) & ~0x2000));
                case MXFP4 -> data.set(ValueLayout.JAVA_BYTE, block, exponent());
                default -> {}
            }
        }
        return new Weight("any bytes", format, data, ROWS, columns);
    }

    private short finiteHalf() {
        if (random.nextInt(8) == 0) {
            return EXTREMES[random.nextInt(EXTREMES.length)];
        }
        int bits = random.nextInt(1 << 16);
        return (short) ((bits & 0x7C00) == 0x7C00 ? bits & ~0x4000 : bits);
    }

    /** Often one of those whose scale is a subnormal number. */
    private byte exponent() {
        return (byte) (random.nextBoolean() ? random.nextInt(3) : random.nextInt(200));
    }

    /** Where the float16 numbers of a block are. */
    private static int[] scales(Format format) {
        return switch (format) {
            case F32, BF16, MXFP4 -> new int[0];
            case Q4_1, Q5_1, Q4_K, Q5_K -> new int[] {0, 2};
            case Q2_K -> new int[] {80, 82};
            case Q3_K -> new int[] {108};
            case Q6_K -> new int[] {208};
            case TQ1_0 -> new int[] {52};
            case TQ2_0 -> new int[] {64};
            default -> new int[] {0};
        };
    }
}
