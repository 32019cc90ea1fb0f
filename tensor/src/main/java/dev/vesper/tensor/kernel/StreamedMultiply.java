package dev.vesper.tensor.kernel;

import dev.vesper.tensor.Scratch;
import dev.vesper.tensor.Weight;

/**
 * {@code y = x · weightᵀ} for few tokens: dot products straight from the weight's memory, which is read once, with
 * several rows in flight; nothing is unpacked to memory. The same sums in the same order as {@link TiledMultiply}.
 */
final class StreamedMultiply {
    private static final int SUMS_SLOT = 1;

    private StreamedMultiply() {}

    /** @param xStride floats between the rows of x, which are zero up to whole vectors */
    static void multiply(
            Weight weight, int fromRow, int toRow, float[] x, int xStride, int tokens, float[] y, Scratch scratch) {
        WeightReader reader = WeightReader.of(weight.format());
        float[] sums = scratch.floats(SUMS_SLOT, WeightReader.ROWS);
        for (int row = fromRow; row < toRow; row += WeightReader.ROWS) {
            int rows = Math.min(WeightReader.ROWS, toRow - row);
            // The last rows, if they do not fill a group, are taken one by one, all in flight being the same.
            int together = rows == WeightReader.ROWS ? rows : 1;
            for (int r = row; r < row + rows; r += together) {
                for (int token = 0; token < tokens; token++) {
                    int to = token * weight.rows() + r;
                    dot(reader, weight, r, together, x, token * xStride, y, to, sums);
                }
            }
        }
    }

    private static void dot(
            WeightReader reader, Weight weight, int row, int rows, float[] x, int xAt, float[] y, int yAt,
            float[] sums) {
        long rowBytes = weight.rowBytes();
        long distance = rows == 1 ? 0 : rowBytes;
        for (int chunk = 0; chunk < weight.columns(); chunk += Lanes.CHUNK) {
            int count = Math.min(Lanes.CHUNK, weight.columns() - chunk);
            long from = row * rowBytes + weight.format().bytes(chunk);
            reader.dot(weight.data(), from, distance, count, x, xAt + chunk, sums);
            for (int i = 0; i < rows; i++) {
                y[yAt + i] = chunk > 0 ? y[yAt + i] + sums[i] : sums[i];
            }
        }
    }
}
