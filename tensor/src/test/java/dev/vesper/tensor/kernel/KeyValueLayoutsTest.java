package dev.vesper.tensor.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vesper.tensor.AttentionShape;
import dev.vesper.tensor.Format;
import dev.vesper.tensor.KeyValues;
import dev.vesper.tensor.Scratch;
import dev.vesper.tensor.quant.Codecs;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Heads of a position next to each other, or positions of a head: the same bits. */
class KeyValueLayoutsTest {
    private static final int HEADS = 6;
    private static final int KEY_VALUE_HEADS = 3;
    private static final int LENGTH = 150;
    private static final int PAGE_ROWS = 64;
    private final Scratch scratch = new Scratch();

    private float[] attend(Kernels kernels, AttentionShape shape, float[] query, KeyValues keyValues, int together) {
        float[] out = new float[query.length];
        float[] logSumExp = new float[LENGTH * HEADS];
        for (int row = 0; row < LENGTH; row += together) {
            int end = Math.min(LENGTH, row + together);
            for (int head = 0; head < KEY_VALUE_HEADS; head++) {
                kernels.attend(shape, head, row, end, row, query, keyValues, out, logSumExp, scratch);
            }
        }
        return out;
    }

    /** @param size columns of a head, {@code apart} from those of the next */
    private static KeyValues floats(float[] key, float[] value, int size, boolean apart) {
        int columns = KEY_VALUE_HEADS * size;
        int half = PAGE_ROWS * columns;
        float[][] pages = new float[Math.ceilDiv(LENGTH, PAGE_ROWS)][2 * half];
        KeyValues.Floats floats = apart
                ? new KeyValues.Floats(pages, 0, pages, half, PAGE_ROWS, size, (PAGE_ROWS - 1) * size)
                : new KeyValues.Floats(pages, 0, pages, half, PAGE_ROWS, columns);
        for (float[] page : pages) {
            Arrays.fill(page, Float.NaN);
        }
        for (int j = 0; j < LENGTH; j++) {
            for (int head = 0; head < KEY_VALUE_HEADS; head++) {
                int at = floats.at(j, head, size);
                System.arraycopy(key, j * columns + head * size, pages[j / PAGE_ROWS], at, size);
                System.arraycopy(value, j * columns + head * size, pages[j / PAGE_ROWS], half + at, size);
            }
        }
        return floats;
    }

    private static KeyValues blocks(Format format, float[] key, float[] value, int size, boolean apart) {
        int columns = KEY_VALUE_HEADS * size;
        long half = PAGE_ROWS * format.bytes(columns);
        MemorySegment[] pages = new MemorySegment[Math.ceilDiv(LENGTH, PAGE_ROWS)];
        Arrays.setAll(pages, page -> Arena.ofAuto().allocate(2 * half, 64));
        int run = apart ? size : columns;
        KeyValues.Blocks blocks = new KeyValues.Blocks(format, pages, 0, half, PAGE_ROWS, columns, run);
        for (int j = 0; j < LENGTH; j++) {
            for (int column = 0; column < columns; column += run) {
                int from = j * columns + column;
                Codecs.of(format).encode(key, from, run, blocks.page(j), blocks.keyAt(j, column));
                Codecs.of(format).encode(value, from, run, blocks.page(j), blocks.valueAt(j, column));
            }
        }
        return blocks;
    }

    /** So many positions have sums in the tile. */
    @Test
    void positionsTogetherFitTheTile() {
        assertThat(KeyValues.TOGETHER).isLessThanOrEqualTo(DotTile.PANEL_ROWS).isEqualTo(AttentionTiles.CHUNK);
    }

    @ParameterizedTest
    @CsvSource({"F32,64", "F32,24", "F16,64", "F16,40", "Q8_0,64", "Q8_0,32"})
    void bothHaveTheSameBits(Format format, int size) {
        int columns = KEY_VALUE_HEADS * size;
        AttentionShape shape = new AttentionShape(HEADS, KEY_VALUE_HEADS, size, 0.2f);
        float[] query = Samples.floats(LENGTH * HEADS * size, 1);
        float[] key = Samples.floats(LENGTH * columns, 2);
        float[] value = Samples.floats(LENGTH * columns, 3);
        for (String name : List.of("scalar", "auto")) {
            Kernels kernels = KernelChoice.of(name).kernels();
            for (int together : new int[] {1, LENGTH}) {
                KeyValues[] layouts = new KeyValues[2];
                for (int apart = 0; apart < 2; apart++) {
                    layouts[apart] = format == Format.F32
                            ? floats(key, value, size, apart == 1)
                            : blocks(format, key, value, size, apart == 1);
                }
                assertThat(attend(kernels, shape, query, layouts[1], together))
                        .as("%s, %d rows together", name, together)
                        .isEqualTo(attend(kernels, shape, query, layouts[0], together))
                        .doesNotContain(Float.NaN);
            }
        }
    }
}
