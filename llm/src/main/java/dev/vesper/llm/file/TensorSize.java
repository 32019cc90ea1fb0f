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
     * Bytes of a tensor in whole blocks.
     *
     * @param place what messages call the tensor and where it is declared
     * @param shape innermost first, sizes not negative
     */
    static long bytes(Object file, String place, Format format, List<Long> shape) {
        // Sizes of 0 count as 1 here, so that also the number of rows of an empty tensor fits into a long.
        long elements = 1;
        boolean empty = false;
        for (long size : shape) {
            empty |= size == 0;
            elements = product(file, place, elements, Math.max(size, 1), shape);
        }
        if (shape.getFirst() % format.blockSize() != 0) {
            throw new ModelFileException(
                    file,
                    place,
                    "rows of whole %s blocks of %d elements".formatted(format, format.blockSize()),
                    "rows of " + shape.getFirst());
        }
        long bytes = product(file, place, Math.ceilDiv(elements, format.blockSize()), format.blockBytes(), shape);
        return empty ? 0 : bytes;
    }

    /** The product of sizes that are not negative. */
    static long product(Object file, String place, long a, long b, List<Long> shape) {
        if (a < 0 || b < 0 || Math.multiplyHigh(a, b) != 0 || a * b < 0) {
            throw new ModelFileException(file, place, "a size below 2^63 bytes", "the shape " + shape);
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
