package dev.vesper.cli;

import dev.vesper.llm.file.RowSource;
import dev.vesper.tensor.Format;
import dev.vesper.tensor.Workers;
import dev.vesper.tensor.quant.Codec;
import dev.vesper.tensor.quant.Codecs;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** A matrix in another format, row by row as a file is written: some rows at a time are encoded by all threads. */
final class EncodedRows implements RowSource {
    /** Elements that are encoded at a time, if a row is not longer. */
    private static final int AHEAD = 1 << 20;

    private final FloatRows source;
    private final Codec target;
    private final float[] importance;
    private final Workers workers;
    private final int rowsAhead;
    private final int rowBytes;
    private final double[] errors;
    private final double[] squares;
    private byte[] encoded = new byte[0];

    /** @param importance of the columns of each matrix that the weight is a stack of; empty if there is none */
    EncodedRows(FloatRows source, Format format, float[] importance, Workers workers) {
        this.source = source;
        this.target = Codecs.of(format);
        this.importance = importance;
        this.workers = workers;
        this.rowsAhead = Math.max(1, AHEAD / source.columns());
        this.rowBytes = Math.toIntExact(format.bytes(source.columns()));
        this.errors = new double[source.rows()];
        this.squares = new double[source.rows()];
    }

    @Override
    public void row(long row, MemorySegment destination) {
        int place = (int) (row % rowsAhead);
        if (place == 0) {
            encode((int) row);
        }
        MemorySegment.copy(MemorySegment.ofArray(encoded), (long) place * rowBytes, destination, 0, rowBytes);
    }

    /** The root of the mean square of what was lost, as a share of that of the values; after all rows were taken. */
    double relativeError() {
        double all = Arrays.stream(squares).sum();
        return all == 0 ? 0 : Math.sqrt(Arrays.stream(errors).sum() / all);
    }

    private void encode(int first) {
        int rows = Math.min(rowsAhead, source.rows() - first);
        encoded = new byte[Math.multiplyExact(rows, rowBytes)];
        MemorySegment bytes = MemorySegment.ofArray(encoded);
        workers.run(rows, 1, (from, to, worker) -> {
            FloatRows.Reader reader = source.reader();
            float[] values = new float[source.columns()];
            float[] back = new float[source.columns()];
            for (int i = from; i < to; i++) {
                int row = first + i;
                reader.read(row, values);
                try {
                    target.encode(values, 0, values.length, importance(row), bytes, (long) i * rowBytes);
                    target.decode(bytes, (long) i * rowBytes, back, 0, back.length);
                    reader.encoded(row, back);
                } catch (IllegalArgumentException e) {
                    throw new IllegalArgumentException(
                            "tensor %s, row %d: %s".formatted(source.name(), row, e.getMessage()), e);
                }
                compare(row, values, back);
            }
        });
    }

    private float[] importance(int row) {
        int columns = source.columns();
        if (importance.length <= columns) {
            return importance;
        }
        int rowsOfMatrix = source.rows() / (importance.length / columns);
        int matrix = row / rowsOfMatrix;
        return Arrays.copyOfRange(importance, matrix * columns, (matrix + 1) * columns);
    }

    private void compare(int row, float[] values, float[] back) {
        double error = 0;
        double square = 0;
        for (int c = 0; c < values.length; c++) {
            double difference = (double) back[c] - values[c];
            error += difference * difference;
            square += (double) values[c] * values[c];
        }
        errors[row] = error;
        squares[row] = square;
    }
}
