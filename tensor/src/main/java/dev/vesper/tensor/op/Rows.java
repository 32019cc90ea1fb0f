package dev.vesper.tensor.op;

import dev.vesper.tensor.Tensor;

/** Picks rows; backward scatters them back. */
final class Rows {
    private Rows() {}

    static Tensor forward(Ops ops, Tensor x, int[] rows) {
        int columns = x.columns();
        Tensor out = ops.take(rows.length, columns);
        for (int i = 0; i < rows.length; i++) {
            if (rows[i] < 0 || rows[i] >= x.rows()) {
                throw Ops.mismatch("rows", "a row below " + x.rows(), rows[i]);
            }
            System.arraycopy(x.data(), rows[i] * columns, out.data(), i * columns, columns);
        }
        Tape tape = ops.tape();
        if (tape != null && tape.tracks(x)) {
            tape.record(out, () -> backward(rows, columns, tape.gradient(out), tape.gradient(x)));
        }
        return out;
    }

    private static void backward(int[] rows, int columns, float[] dOut, float[] dx) {
        for (int i = 0; i < rows.length; i++) {
            for (int c = 0; c < columns; c++) {
                dx[rows[i] * columns + c] += dOut[i * columns + c];
            }
        }
    }
}
