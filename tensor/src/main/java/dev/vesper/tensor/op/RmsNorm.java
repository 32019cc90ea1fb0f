package dev.vesper.tensor.op;

import dev.vesper.tensor.Tensor;
import dev.vesper.tensor.Weight;

/** Root-mean-square norm; keeps one number a row for backward. */
final class RmsNorm {
    /** Multiply-adds that an element is worth, for the choice whether to share out. */
    private static final int COST = 8;

    private RmsNorm() {}

    static Tensor forward(Ops ops, Tensor x, Weight gain, float epsilon) {
        if (gain.rows() != 1 || gain.columns() != x.columns()) {
            throw Ops.mismatch("norm " + gain.name(), "a gain of 1 x " + x.columns(), gain);
        }
        int columns = x.columns();
        Tensor y = ops.take(x.rows(), columns);
        Tensor inverse = ops.take(x.rows(), 1);
        Tensor factors = ops.take(1, columns);
        ops.kernels().decodeRow(gain, 0, factors.data(), 0);
        ops.parallel(x.rows(), 1, (long) COST * x.size(), ops.tasks().norm.of(x, factors, epsilon, y, inverse));
        Tape tape = ops.tape();
        if (tape != null && (tape.tracks(x) || tape.trains(gain))) {
            tape.record(y, () -> backward(ops, tape, x, gain, factors.data(), inverse.data(), tape.gradient(y)));
        }
        return y;
    }

    private static void backward(
            Ops ops, Tape tape, Tensor x, Weight gain, float[] factors, float[] inverse, float[] dy) {
        int columns = x.columns();
        if (tape.tracks(x)) {
            float[] dx = tape.gradient(x);
            ops.parallel(
                    x.rows(), 1, (long) COST * x.size(), (from, to, worker) -> ops.kernels()
                            .rmsNormInputGradient(from, to, x.data(), columns, factors, inverse, dy, dx));
        }
        Parameter parameter = tape.parameter(gain);
        if (parameter != null) {
            ops.parallel(
                    columns, 64, (long) COST * x.size(), (from, to, worker) -> ops.kernels()
                            .rmsNormGainGradient(
                                    from, to, x.data(), x.rows(), columns, inverse, dy, parameter.gradient()));
        }
    }
}
