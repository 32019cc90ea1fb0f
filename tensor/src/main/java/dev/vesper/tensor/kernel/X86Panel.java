package dev.vesper.tensor.kernel;

import dev.vesper.tensor.Format;
import dev.vesper.tensor.Scratch;
import dev.vesper.tensor.Weight;
import dev.vesper.tensor.x86.Arguments;
import dev.vesper.tensor.x86.MachineCode;
import dev.vesper.tensor.x86.X86Layout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Weights unpacked to native memory, by machine code where it reads the format. Not thread-safe: one for each worker. */
final class X86Panel {
    private static final int LINE_SLOT = 4;

    private final MachineCode code;

    X86Panel(MachineCode code) {
        this.code = code;
    }

    /**
     * Writes the columns {@code [column, column + count)} of {@code rows} rows as floats, each row from {@code at + stride *
     * row} on, all in bytes; what is left of the last vector of a row becomes zero.
     */
    void unpack(
            Weight weight, int row, int rows, int column, int count, MemorySegment out, long at, long stride,
            MemorySegment arguments, Scratch scratch) {
        Format format = weight.format();
        long from = row * weight.rowBytes() + format.bytes(column);
        if (!MachineCode.reads(format)) {
            decode(weight, from, rows, count, out, at, stride, scratch);
            return;
        }
        Arguments.set(arguments, Arguments.WEIGHT_OFFSET, from);
        Arguments.set(arguments, Arguments.WEIGHT_ADVANCE, weight.rowBytes());
        Arguments.set(arguments, Arguments.Y_OFFSET, at);
        Arguments.set(arguments, Arguments.Y_ADVANCE, stride);
        Arguments.set(arguments, Arguments.GROUPS, rows);
        Arguments.set(arguments, Arguments.LAST_BLOCKS, count / MachineCode.elements(format));
        Arguments.set(arguments, Arguments.TAIL_MASK, (1 << count % X86Layout.LANES) - 1);
        code.unpack(format).run(weight.data(), out, out, arguments);
    }

    private static void decode(
            Weight weight, long from, int rows, int count, MemorySegment out, long at, long stride, Scratch scratch) {
        WeightReader reader = WeightReader.of(weight.format());
        int padded = Lanes.padded(count);
        float[] line = scratch.floats(LINE_SLOT, padded);
        for (int r = 0; r < rows; r++) {
            reader.unpack(weight.data(), from + r * weight.rowBytes(), count, line, 0, Lanes.COUNT);
            MemorySegment.copy(line, 0, out, ValueLayout.JAVA_FLOAT, at + r * stride, padded);
        }
    }
}
