package dev.vesper.tensor.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.vesper.tensor.AttentionShape;
import dev.vesper.tensor.Format;
import dev.vesper.tensor.KeyValues;
import dev.vesper.tensor.Scratch;
import dev.vesper.tensor.quant.Codecs;
import dev.vesper.tensor.x86.MachineCode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Attention in machine code gives the bits of the vector kernels, wherever keys and values lie. */
class X86AttentionTest {
    private final Scratch scratch = new Scratch();

    @BeforeEach
    void canRun() {
        Optional<String> obstacle = MachineCode.obstacle();
        assumeTrue(obstacle.isEmpty(), () -> "no machine code here: " + obstacle.orElseThrow());
        assumeTrue(VectorKernels.bits() == 512, "no vectors of 512 bits to compare with");
    }

    @ParameterizedTest
    @CsvSource({
        "4,1,64,64,200", "12,2,64,64,150", "7,1,128,64,70", "2,2,256,64,65", "3,3,64,1000,131", "8,2,96,64,100",
        "6,6,64,7,60", "1,1,16,64,80", "40,8,128,64,1"
    })
    void bitsAreThoseOfTheVectorKernels(int heads, int keyValueHeads, int headSize, int pageRows, int length) {
        AttentionShape shape = new AttentionShape(heads, keyValueHeads, headSize, 1 / (float) Math.sqrt(headSize));
        float[] query = Samples.floats(length * shape.queryColumns(), 1);
        int columns = shape.keyValueColumns();
        float[] key = Samples.floats(length * columns, 2);
        float[] value = Samples.floats(length * columns, 3);
        compare(shape, query, floats(key, value, columns, length, pageRows), length);
        for (Format format : new Format[] {Format.F16, Format.Q8_0}) {
            if (columns % format.blockSize() == 0) {
                compare(shape, query, blocks(format, key, value, columns, length, pageRows), length);
            }
        }
    }

    private void compare(AttentionShape shape, float[] query, KeyValues keyValues, int length) {
        float[][] expected = attend(new VectorKernels(), shape, query, keyValues, length, length);
        for (int together : new int[] {1, 13, length}) {
            float[][] actual = attend(new X86Kernels(false), shape, query, keyValues, length, together);
            assertThat(actual).as("%s, %d rows at a time", keyValues, together).isDeepEqualTo(expected);
        }
    }

    private float[][] attend(
            Kernels kernels, AttentionShape shape, float[] query, KeyValues keyValues, int length, int together) {
        float[] out = new float[query.length];
        float[] logSumExp = new float[length * shape.heads()];
        for (int row = 0; row < length; row += together) {
            int end = Math.min(length, row + together);
            for (int head = 0; head < shape.keyValueHeads(); head++) {
                kernels.attend(shape, head, row, end, row, query, keyValues, out, logSumExp, scratch);
            }
        }
        return new float[][] {out, logSumExp};
    }

    /** Pages that end with the last position, so that reading further is an error of some kind. */
    private static KeyValues floats(float[] key, float[] value, int columns, int length, int pageRows) {
        int pages = Math.ceilDiv(length, pageRows);
        float[][] both = new float[pages][];
        int half = pageRows * columns;
        for (int page = 0; page < pages; page++) {
            int rows = Math.min(pageRows, length - page * pageRows);
            both[page] = new float[half + rows * columns];
            System.arraycopy(key, page * half, both[page], 0, rows * columns);
            System.arraycopy(value, page * half, both[page], half, rows * columns);
        }
        return new KeyValues.Floats(both, 0, both, half, pageRows, columns);
    }

    private static KeyValues blocks(
            Format format, float[] key, float[] value, int columns, int length, int pageRows) {
        long half = pageRows * format.bytes(columns);
        MemorySegment[] pages = new MemorySegment[Math.ceilDiv(length, pageRows)];
        for (int j = 0; j < length; j++) {
            if (j % pageRows == 0) {
                pages[j / pageRows] = Arena.ofAuto().allocate(2 * half + 3, 64);
            }
            long at = 3 + j % pageRows * format.bytes(columns);
            Codecs.of(format).encode(key, j * columns, columns, pages[j / pageRows], at);
            Codecs.of(format).encode(value, j * columns, columns, pages[j / pageRows], half + at);
        }
        return new KeyValues.Blocks(format, pages, 3, half + 3, pageRows, columns);
    }
}
