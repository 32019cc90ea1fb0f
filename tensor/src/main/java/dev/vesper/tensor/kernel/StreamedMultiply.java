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
        float[] sums = scratch.floats(SUMS_SLOT, WeightReader.MOST_ROWS + WeightReader.ROOM);
        int together = reader.rows();
        int apart = (toRow - fromRow) / together;
        int left = fromRow + apart * together;
        for (int token = 0; token < tokens; token++) {
            int xAt = token * xStride;
            int yAt = token * weight.rows();
            for (int row = fromRow; row < fromRow + apart; row++) {
                dot(reader, weight, row, apart, together, x, xAt, y, yAt, sums);
            }
            if (left < toRow && apart > 0) {
                // The last rows once more, with those left over: next to each other, as they are few.
                dot(reader, weight, toRow - together, 1, together, x, xAt, y, yAt, sums);
            } else if (left < toRow) {
                for (int row = left; row < toRow; row++) {
                    dot(reader, weight, row, 0, 1, x, xAt, y, yAt, sums);
                }
            }
        }
    }

    private static void dot(
            WeightReader reader, Weight weight, int row, int apart, int rows, float[] x, int xAt, float[] y, int yAt,
            float[] sums) {
        long rowBytes = weight.rowBytes();
        for (int chunk = 0; chunk < weight.columns(); chunk += Lanes.CHUNK) {
            int count = Math.min(Lanes.CHUNK, weight.columns() - chunk);
            long from = row * rowBytes + weight.format().bytes(chunk);
            reader.prepare(weight.data(), from, apart * rowBytes, count, sums);
            reader.dot(weight.data(), from, apart * rowBytes, count, x, xAt + chunk, sums);
            for (int i = 0; i < rows; i++) {
                int to = yAt + row + i * apart;
                y[to] = chunk > 0 ? y[to] + sums[i] : sums[i];
            }
        }
    }
}
