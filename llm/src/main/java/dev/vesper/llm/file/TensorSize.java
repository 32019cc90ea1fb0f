package dev.vesper.llm.file;

import dev.vesper.tensor.Format;
import dev.vesper.tensor.Weight;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;

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
        if (shape.getFirst() % format.blockSize() != 0) {
            throw new ModelFileException(
                    file,
                    place,
                    "rows of whole %s blocks of %d elements".formatted(format, format.blockSize()),
                    "rows of " + shape.getFirst());
        }
        List<Long> blocks = new ArrayList<>(shape);
        blocks.set(0, shape.getFirst() / format.blockSize());
        // Elements are counted in longs as well as bytes, and a block of 256 may take 50.
        if (bytes(shape, 1).isEmpty()) {
            throw new ModelFileException(file, place, "less than 2^63 elements", "the shape " + shape);
        }
        return bytes(blocks, format.blockBytes())
                .orElseThrow(
                        () -> new ModelFileException(file, place, "a size below 2^63 bytes", "the shape " + shape));
    }

    /**
     * The product of all sizes and {@code elementBytes}, empty if it is beyond a long. A size of 0 does not excuse the
     * others: the number of rows, too, has to fit.
     */
    static OptionalLong bytes(List<Long> shape, int elementBytes) {
        long bytes = elementBytes;
        for (long size : shape) {
            long factor = Math.max(size, 1);
            if (Math.multiplyHigh(bytes, factor) != 0 || bytes * factor < 0) {
                return OptionalLong.empty();
            }
            bytes *= factor;
        }
        return OptionalLong.of(shape.contains(0L) ? 0 : bytes);
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
