package dev.vesper.tensor.kernel;

import dev.vesper.tensor.Scratch;
import dev.vesper.tensor.Weight;

/**
 * {@code y = x · weightᵀ} for few tokens: dot products straight from the weight's memory, which is read once;
 * nothing is unpacked to memory. The same sums in the same order as {@link TiledMultiply}. The rows in flight lie far
 * apart, so that each is a long sequential stream, which hardware prefetches; neighbouring rows, each but two or eight
 * kilobytes long, came at a quarter of the speed.
 */
final class StreamedMultiply {
    private static final int SUMS_SLOT = 1;

    private StreamedMultiply() {}

    /** @param xStride floats between the rows of x, which are zero up to whole vectors */
    static void multiply(
            Weight weight, int fromRow, int toRow, float[] x, int xStride, int tokens, float[] y, Scratch scratch) {
        WeightReader reader = WeightReader.of(weight.format());
        float[] sums = scratch.floats(SUMS_SLOT, WeightReader.ROWS + WeightReader.ROOM);
        int apart = (toRow - fromRow) / WeightReader.ROWS;
        for (int row = fromRow; row < fromRow + apart; row++) {
            for (int token = 0; token < tokens; token++) {
                dot(reader, weight, row, apart, x, token * xStride, y, token * weight.rows(), sums);
            }
        }
        // Rows that are left over are taken one by one: all rows in flight are the same.
        for (int row = fromRow + apart * WeightReader.ROWS; row < toRow; row++) {
            for (int token = 0; token < tokens; token++) {
                dot(reader, weight, row, 0, x, token * xStride, y, token * weight.rows(), sums);
            }
        }
    }

    private static void dot(
            WeightReader reader, Weight weight, int row, int apart, float[] x, int xAt, float[] y, int yAt,
            float[] sums) {
        long rowBytes = weight.rowBytes();
        for (int chunk = 0; chunk < weight.columns(); chunk += Lanes.CHUNK) {
            int count = Math.min(Lanes.CHUNK, weight.columns() - chunk);
            long from = row * rowBytes + weight.format().bytes(chunk);
            reader.prepare(weight.data(), from, apart * rowBytes, count, sums);
            reader.dot(weight.data(), from, apart * rowBytes, count, x, xAt + chunk, sums);
            int rows = apart == 0 ? 1 : WeightReader.ROWS;
            for (int i = 0; i < rows; i++) {
                int to = yAt + row + i * apart;
                y[to] = chunk > 0 ? y[to] + sums[i] : sums[i];
            }
        }
    }
}
