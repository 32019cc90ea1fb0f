package dev.vesper.tensor.op;

import dev.vesper.tensor.Tensor;

/** Residual sum: the gradient goes both ways unchanged. */
final class Add {
    private static final int GRAIN = 4096;

    private Add() {}

    static Tensor forward(Ops ops, Tensor a, Tensor b) {
        if (a.rows() != b.rows() || a.columns() != b.columns()) {
            throw Ops.mismatch("add", a, b);
        }
        Tensor out = ops.take(a.rows(), a.columns());
        addScaled(ops, a.size(), a.data(), b.data(), 1f, out.data());
        Tape tape = ops.tape();
        if (tape != null && (tape.tracks(a) || tape.tracks(b))) {
            tape.record(out, () -> {
                backward(ops, tape, a, tape.gradient(out));
                backward(ops, tape, b, tape.gradient(out));
            });
        }
        return out;
    }

    private static void backward(Ops ops, Tape tape, Tensor input, float[] dOut) {
        if (tape.tracks(input)) {
            float[] gradient = tape.gradient(input);
            addScaled(ops, input.size(), gradient, dOut, 1f, gradient);
        }
    }

    static void addScaled(Ops ops, int size, float[] a, float[] b, float factor, float[] out) {
        ops.parallel(size, GRAIN, size, ops.tasks().add.of(a, b, factor, out));
    }
}
