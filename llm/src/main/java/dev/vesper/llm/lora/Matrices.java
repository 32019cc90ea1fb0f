package dev.vesper.llm.lora;

import dev.vesper.llm.file.HuggingFaceNames;
import dev.vesper.tensor.Format;
import dev.vesper.tensor.Weight;
import dev.vesper.tensor.quant.Codecs;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Copies of an adapter's matrices: in memory of their own, as float32, with rows in another order. */
final class Matrices {
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Matrices() {}

    /** A float32 matrix of these values, row by row; it lives as long as something refers to it. */
    static Weight of(String name, float[] values, int rows, int columns) {
        MemorySegment data = Arena.ofAuto().allocate(Math.max(1, (long) values.length * Float.BYTES), 64);
        MemorySegment.copy(values, 0, data, FLOAT, 0, values.length);
        return new Weight(name, Format.F32, data.asSlice(0, (long) values.length * Float.BYTES), rows, columns);
    }

    static float[] values(Weight weight) {
        float[] values = new float[Math.multiplyExact(weight.rows(), weight.columns())];
        Codecs.of(weight.format()).decode(weight.data(), 0, values, 0, values.length);
        return values;
    }

    /** The same numbers as float32. */
    static Weight decoded(Weight weight) {
        return weight.format() == Format.F32
                ? weight
                : of(weight.name(), values(weight), weight.rows(), weight.columns());
    }

    /** The same bytes in memory of their own, under another name. */
    static Weight copy(String name, Weight weight) {
        MemorySegment data = allocate(weight);
        data.copyFrom(weight.data());
        return new Weight(name, weight.format(), data, weight.rows(), weight.columns());
    }

    /**
     * The same rows, byte for byte, in the other world's order: see {@link HuggingFaceNames#rowOrder}.
     *
     * @param heads so many, one after the other, make the rows
     */
    static Weight permuted(Weight weight, int heads, int headSize, boolean toGguf) {
        int[] order = HuggingFaceNames.rowOrder(heads, headSize, toGguf);
        MemorySegment data = allocate(weight);
        long row = weight.rowBytes();
        for (int i = 0; i < order.length; i++) {
            MemorySegment.copy(weight.data(), order[i] * row, data, i * row, row);
        }
        return new Weight(weight.name(), weight.format(), data, weight.rows(), weight.columns());
    }

    private static MemorySegment allocate(Weight weight) {
        long bytes = weight.data().byteSize();
        return Arena.ofAuto().allocate(Math.max(1, bytes), 64).asSlice(0, bytes);
    }
}
