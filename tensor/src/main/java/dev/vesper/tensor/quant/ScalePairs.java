package dev.vesper.tensor.quant;

import java.lang.foreign.MemorySegment;

/**
 * The scales and minima of {@code Q4_K} and {@code Q5_K}: eight pairs of 6-bit numbers in 12 bytes.
 *
 * <pre>
 * byte  0 + j                       4 + j                       8 + j                       for j = 0 ... 3
 *       | s(4+j) bits 5,4 : s(j) |  | m(4+j) bits 5,4 : m(j) |  | m(4+j) bits 3..0 : s(4+j) bits 3..0 |
 *         bits 7,6          5..0      bits 7,6          5..0      bits 7..4          bits 3..0
 * </pre>
 */
final class ScalePairs {
    private ScalePairs() {}

    static int scale(MemorySegment data, long at, int run) {
        return run < 4
                ? Bytes.unsigned(data, at + run) & 0x3F
                : Bytes.unsigned(data, at + 4 + run) & 0x0F | Bytes.unsigned(data, at + run - 4) >>> 6 << 4;
    }

    static int minimum(MemorySegment data, long at, int run) {
        return run < 4
                ? Bytes.unsigned(data, at + 4 + run) & 0x3F
                : Bytes.unsigned(data, at + 4 + run) >>> 4 | Bytes.unsigned(data, at + run) >>> 6 << 4;
    }

    static void put(MemorySegment data, long at, int[] scales, int[] minima) {
        for (int j = 0; j < 4; j++) {
            Bytes.put(data, at + j, scales[j] | scales[4 + j] >>> 4 << 6);
            Bytes.put(data, at + 4 + j, minima[j] | minima[4 + j] >>> 4 << 6);
            Bytes.put(data, at + 8 + j, scales[4 + j] & 0x0F | minima[4 + j] << 4);
        }
    }
}
