package dev.vesper.tensor.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vesper.tensor.AttentionShape;
import dev.vesper.tensor.Format;
import dev.vesper.tensor.KeyValues;
import dev.vesper.tensor.Scratch;
import dev.vesper.tensor.quant.Codec;
import dev.vesper.tensor.quant.Codecs;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Attention over keys and values that are kept in blocks. */
class KeyValueFormatsWidthsTest {
    private final Scratch scratch = new Scratch();

    @ParameterizedTest
    @CsvSource({
        "F16,1,1,1,1", "F16,4,2,8,7", "F16,6,3,13,20", "F16,4,4,20,70", "F16,12,2,64,150", "F16,2,2,80,97",
        "F16,5,1,128,60", "Q8_0,4,4,8,70", "Q8_0,1,1,32,3", "Q8_0,2,2,48,20", "Q8_0,12,2,64,150", "Q8_0,6,3,96,65",
        "Q8_0,5,1,128,64", "Q8_0,8,8,20,9"
    })
    void theKernelsAgreeAndRowsAreIndependent(
            Format format, int heads, int keyValueHeads, int headSize, int length) {
        AttentionShape shape = new AttentionShape(heads, keyValueHeads, headSize, 1 / (float) Math.sqrt(headSize));
        int columns = shape.keyValueColumns();
        float[] query = Samples.floats(length * shape.queryColumns(), 1);
        float[] key = Samples.floats(length * columns, 2);
        float[] value = Samples.floats(length * columns, 3);
        KeyValues blocks = blocks(format, key, value, length, columns);
        float[] expected = attend(new ScalarKernels(), shape, query, blocks, length, length);
        float[] actual = attend(new VectorKernels(), shape, query, blocks, length, length);
        double tolerance = (length + headSize + 64) * 0x1p-24;
        for (int i = 0; i < expected.length; i++) {
            assertThat((double) actual[i])
                    .as("element %d", i)
                    .isCloseTo(expected[i], org.assertj.core.data.Offset.offset(
                            tolerance * Math.max(1, Math.abs(expected[i]))));
        }
        assertThat(attend(new VectorKernels(), shape, query, blocks, length, 3)).isEqualTo(actual);
        // the floats that the blocks stand for, read as floats, give the same bits
        KeyValues floats = new KeyValues.Floats(
                new float[][] {decoded(format, key)}, 0, new float[][] {decoded(format, value)}, 0, length, columns);
        assertThat(attend(new VectorKernels(), shape, query, floats, length, length)).isEqualTo(actual);
    }

    /** @param together rows that go in one call */
    private float[] attend(
            Kernels kernels, AttentionShape shape, float[] query, KeyValues keyValues, int length, int together) {
        float[] out = new float[query.length];
        float[] logSumExp = new float[length * shape.heads()];
        for (int row = 0; row < length; row += together) {
            int end = Math.min(length, row + together);
            for (int head = 0; head < shape.keyValueHeads(); head++) {
                kernels.attend(shape, head, row, end, row, query, keyValues, out, logSumExp, scratch);
            }
        }
        return out;
    }

    private static KeyValues blocks(Format format, float[] key, float[] value, int length, int columns) {
        int pageRows = 7;
        Codec codec = Codecs.of(format);
        long half = pageRows * format.bytes(columns);
        MemorySegment[] pages = new MemorySegment[Math.ceilDiv(length, pageRows)];
        for (int j = 0; j < length; j++) {
            if (j % pageRows == 0) {
                pages[j / pageRows] = Arena.ofAuto().allocate(2 * half + 3, 64);
            }
            long at = 3 + j % pageRows * format.bytes(columns);
            codec.encode(key, j * columns, columns, pages[j / pageRows], at);
            codec.encode(value, j * columns, columns, pages[j / pageRows], half + at);
        }
        return new KeyValues.Blocks(format, pages, 3, half + 3, pageRows, columns);
    }

    private static float[] decoded(Format format, float[] values) {
        MemorySegment data = Arena.ofAuto().allocate(format.bytes(values.length), 64);
        Codecs.of(format).encode(values, 0, values.length, data, 0);
        float[] decoded = new float[values.length];
        Codecs.of(format).decode(data, 0, decoded, 0, values.length);
        return decoded;
    }
}
