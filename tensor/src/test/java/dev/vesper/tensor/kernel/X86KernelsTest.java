package dev.vesper.tensor.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.vesper.tensor.Format;
import dev.vesper.tensor.Scratch;
import dev.vesper.tensor.Weight;
import dev.vesper.tensor.kernel.Samples.Fill;
import dev.vesper.tensor.quant.Codecs;
import dev.vesper.tensor.x86.MachineCode;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Machine code gives the bits of the vector kernels, which are measured against the scalar reference elsewhere. */
class X86KernelsTest {
    private static final int ROWS = 133;
    private final Scratch scratch = new Scratch();
    private final Scratch other = new Scratch();

    static Stream<Format> formats() {
        return Codecs.supported().stream();
    }

    @BeforeEach
    void canRun() {
        Optional<String> obstacle = MachineCode.obstacle();
        assumeTrue(obstacle.isEmpty(), () -> "no machine code here: " + obstacle.orElseThrow());
        assumeTrue(VectorKernels.bits() == 512, "no vectors of 512 bits to compare with");
    }

    private static int[] columns(Format format) {
        int block = format.blockSize();
        return block == 1
                ? new int[] {1, 15, 16, 33, 172, 272, Lanes.CHUNK + 100, 2 * Lanes.CHUNK}
                : new int[] {block, 3 * block, Lanes.CHUNK, Lanes.CHUNK + block, 2 * Lanes.CHUNK + 3 * block};
    }

    @ParameterizedTest
    @MethodSource("formats")
    void productsHaveTheBitsOfTheVectorKernels(Format format) {
        for (int columns : columns(format)) {
            for (Fill fill : Fill.values()) {
                Weight weight = Samples.weight(format, ROWS, columns, fill, columns);
                for (int tokens : new int[] {1, 2, 3, 4, 5, 7, 8, 11, 12, 13, 29, 55, 56, 100}) {
                    float[] x = Samples.floats(tokens * columns, tokens);
                    float[] expected = new float[tokens * ROWS];
                    float[] actual = new float[tokens * ROWS];
                    Arrays.fill(actual, Float.NaN);
                    new VectorKernels().multiply(weight, 0, ROWS, x, tokens, expected, other);
                    Kernels kernels = new X86Kernels(false);
                    kernels.multiply(weight, 0, 7, x, tokens, actual, scratch);
                    kernels.multiply(weight, 7, 8, x, tokens, actual, scratch);
                    kernels.multiply(weight, 8, ROWS, x, tokens, actual, scratch);
                    assertThat(actual)
                            .as("%s, %s, %d columns, %d tokens", format, fill, columns, tokens)
                            .isEqualTo(expected);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("formats")
    void gradientsOfInputsHaveTheBitsOfTheVectorKernels(Format format) {
        for (int columns : columns(format)) {
            Weight weight = Samples.weight(format, ROWS, columns, Fill.NORMAL, columns);
            int cut = columns / format.blockSize() / 2 / 32 * 32 * format.blockSize();
            for (int tokens : new int[] {1, 3, 6, 17}) {
                float[] dy = Samples.floats(tokens * ROWS, tokens);
                float[] expected = Samples.floats(tokens * columns, 3);
                float[] actual = expected.clone();
                new VectorKernels().multiplyInputGradient(weight, 0, columns, dy, tokens, expected, other);
                Kernels kernels = new X86Kernels(false);
                kernels.multiplyInputGradient(weight, 0, cut, dy, tokens, actual, scratch);
                kernels.multiplyInputGradient(weight, cut, columns, dy, tokens, actual, scratch);
                assertThat(actual).as("%s, %d columns, %d tokens", format, columns, tokens).isEqualTo(expected);
            }
        }
    }

    @Test
    void gradientsOfWeightsHaveTheBitsOfTheVectorKernels() {
        for (int columns : new int[] {1, 17, 64, 100, 512, 700}) {
            for (int tokens : new int[] {1, 5, 128, 300}) {
                float[] dy = Samples.floats(tokens * ROWS, tokens);
                float[] x = Samples.floats(tokens * columns, tokens + 1);
                float[] expected = Samples.floats(ROWS * columns, 3);
                float[] actual = expected.clone();
                new VectorKernels().multiplyWeightGradient(0, ROWS, dy, ROWS, x, columns, tokens, expected, other);
                Kernels kernels = new X86Kernels(false);
                kernels.multiplyWeightGradient(0, 5, dy, ROWS, x, columns, tokens, actual, scratch);
                kernels.multiplyWeightGradient(5, ROWS, dy, ROWS, x, columns, tokens, actual, scratch);
                assertThat(actual).as("%d columns, %d tokens", columns, tokens).isEqualTo(expected);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(value = Format.class, names = {"F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_K", "Q6_K"})
    void theFormatsOfTheTableAreReadByMachineCode(Format format) {
        assertThat(MachineCode.reads(format)).isTrue();
    }
}
