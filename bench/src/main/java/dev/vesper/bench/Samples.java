package dev.vesper.bench;

import dev.vesper.tensor.Format;
import dev.vesper.tensor.Weight;
import dev.vesper.tensor.quant.Codecs;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;

/** Operands of benchmarks: the same seed gives the same numbers, of the size that those of models have. */
final class Samples {
    private Samples() {}

    static float[] floats(int count, long seed) {
        Random random = new Random(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    /** A weight {@code [rows, columns]} in memory that is freed with its last user. */
    static Weight weight(Format format, int rows, int columns, long seed) {
        MemorySegment data = Arena.ofAuto().allocate(format.bytes((long) rows * columns), 64);
        float scale = (float) (1 / Math.sqrt(columns));
        for (int row = 0; row < rows; row++) {
            float[] values = floats(columns, seed + row);
            for (int i = 0; i < columns; i++) {
                values[i] *= scale;
            }
            Codecs.of(format).encode(values, 0, columns, data, row * format.bytes(columns));
        }
        return new Weight("sample", format, data, rows, columns);
    }
}
