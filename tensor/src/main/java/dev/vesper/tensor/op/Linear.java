package dev.vesper.tensor.op;

import dev.vesper.tensor.Tensor;
import dev.vesper.tensor.Weight;

/** {@code y = x Wᵀ}; backward {@code dx += dy W}, and {@code dW += dyᵀ x} where W is trained. */
final class Linear {
    /** Rows that a thread takes at a time, at least: a whole number of the register tiles of a gradient. */
    private static final int ROW_GRAIN = 24;

    /** Each band of rows copies the input anew, so there are no more bands than it takes to even out the threads. */
    private static final int BANDS_PER_THREAD = 3;

    /** Likewise of the tiles of a product. */
    private static final int PRODUCT_GRAIN = 64;

    /** Columns likewise; a multiple of every block size. */
    private static final int COLUMN_GRAIN = 256;

    /** Where so few columns would leave threads idle, and blocks are small. */
    private static final int SMALL_COLUMN_GRAIN = 64;

    private Linear() {}

    static Tensor forward(Ops ops, Tensor x, Weight weight) {
        if (x.columns() != weight.columns()) {
            throw Ops.mismatch("linear " + weight.name(), weight.columns() + " columns", x);
        }
        Tensor y = ops.take(x.rows(), weight.rows());
        multiply(ops, weight, x.data(), x.rows(), y.data());
        Tape tape = ops.tape();
        if (tape != null && (tape.tracks(x) || tape.trains(weight))) {
            tape.record(y, () -> backward(ops, tape, x, weight, tape.gradient(y)));
        }
        return y;
    }

    private static void backward(Ops ops, Tape tape, Tensor x, Weight weight, float[] dy) {
        if (tape.tracks(x)) {
            inputGradient(ops, weight, dy, x.rows(), tape.gradient(x));
        }
        Parameter parameter = tape.parameter(weight);
        if (parameter != null) {
            weightGradient(ops, parameter, dy, x.data(), x.rows());
        }
    }

    static void multiply(Ops ops, Weight weight, float[] x, int tokens, float[] y) {
        long work = (long) weight.rows() * weight.columns() * tokens;
        ops.parallel(weight.rows(), PRODUCT_GRAIN, work, ops.tasks().multiply.of(weight, x, tokens, y));
    }

    static void inputGradient(Ops ops, Weight weight, float[] dy, int tokens, float[] dx) {
        long work = (long) weight.rows() * weight.columns() * tokens;
        boolean small = weight.columns() < 8 * COLUMN_GRAIN && weight.format().blockSize() <= SMALL_COLUMN_GRAIN;
        ops.parallel(weight.columns(), small ? SMALL_COLUMN_GRAIN : COLUMN_GRAIN, work,
                (from, to, worker) -> ops.kernels()
                        .multiplyInputGradient(weight, from, to, dy, tokens, dx, ops.scratch(worker)));
    }

    static void weightGradient(Ops ops, Parameter parameter, float[] dy, float[] x, int tokens) {
        int rows = parameter.weight().rows();
        int columns = parameter.weight().columns();
        int band = Math.ceilDiv(rows, BANDS_PER_THREAD * ops.threads());
        ops.parallel(rows, Math.ceilDiv(band, ROW_GRAIN) * ROW_GRAIN, (long) rows * columns * tokens,
                (from, to, worker) -> ops.kernels().multiplyWeightGradient(
                        from, to, dy, rows, x, columns, tokens, parameter.gradient(), ops.scratch(worker)));
    }
}
