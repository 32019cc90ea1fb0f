package dev.vesper.llm.file;

import dev.vesper.tensor.Format;
import dev.vesper.tensor.Weight;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Checks of tensors that the file formats share: sizes that fit into a long, places that do not overlap. */
final class TensorSize {
    private TensorSize() {}

    /**
     * Bytes of a tensor with at least one element, in whole blocks.
     *
     * @param shape innermost first
     * @param at byte of the file that declares the tensor
     */
    static long bytes(Object file, long at, String name, Format format, List<Long> shape) {
        long elements = 1;
        for (long size : shape) {
            if (size < 1) {
                throw ModelFileException.at(
                        file, at, "tensor " + name, "sizes from 1 to 2^63 - 1", Long.toUnsignedString(size));
            }
            elements = product(file, at, name, elements, size, shape);
        }
        if (shape.getFirst() % format.blockSize() != 0) {
            throw ModelFileException.at(
                    file,
                    at,
                    "tensor " + name,
                    "rows of whole %s blocks of %d elements".formatted(format, format.blockSize()),
                    "rows of " + shape.getFirst());
        }
        return product(file, at, name, elements / format.blockSize(), format.blockBytes(), shape);
    }

    private static long product(Object file, long at, String name, long a, long b, List<Long> shape) {
        long high = Math.multiplyHigh(a, b);
        if (high != 0 || a * b < 0) {
            throw ModelFileException.at(
                    file, at, "tensor " + name, "a size below 2^63 bytes", "the shape " + shape);
        }
        return a * b;
    }

    static void refuseOverlaps(Object file, List<TensorInfo> infos) {
        List<TensorInfo> sorted = new ArrayList<>(infos);
        sorted.sort(Comparator.comparingLong(TensorInfo::offset).thenComparingLong(TensorInfo::bytes));
        for (int i = 1; i < sorted.size(); i++) {
            TensorInfo before = sorted.get(i - 1);
            TensorInfo info = sorted.get(i);
            long end = before.offset() + before.bytes();
            if (info.offset() < end) {
                throw ModelFileException.at(
                        file,
                        info.offset(),
                        "tensor " + info.name(),
                        "data from byte %d, the end of tensor %s".formatted(end, before.name()),
                        "data from byte " + info.offset());
            }
        }
    }

    /** The matrix of a tensor over the mapped file. */
    static Weight weight(Object file, TensorInfo info, MemorySegment fileBytes) {
        if (info.rows() > Integer.MAX_VALUE || info.columns() > Integer.MAX_VALUE) {
            throw new ModelFileException(
                    file,
                    "tensor " + info.name(),
                    "at most 2^31 - 1 rows and columns",
                    "%d rows x %d columns".formatted(info.rows(), info.columns()));
        }
        MemorySegment data = fileBytes.asSlice(info.offset(), info.bytes());
        return new Weight(info.name(), info.format(), data, (int) info.rows(), (int) info.columns());
    }
}
