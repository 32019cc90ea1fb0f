package dev.vesper.tensor.op;

import dev.vesper.tensor.Tensor;
import dev.vesper.tensor.Weight;
import org.jspecify.annotations.Nullable;

/** {@code y += s B (A x)}; only the small product {@code A x} is kept for backward. */
final class LowRank {
    private LowRank() {}

    static Tensor forward(Ops ops, Tensor y, Tensor x, Weight down, Weight up, float scale) {
        if (down.columns() != x.columns()) {
            throw Ops.mismatch("low rank " + down.name(), x.columns() + " columns", down);
        }
        if (up.columns() != down.rows()) {
            throw Ops.mismatch("low rank " + up.name(), down.rows() + " columns", up);
        }
        if (up.rows() != y.columns()) {
            throw Ops.mismatch("low rank " + up.name(), y.columns() + " rows", up);
        }
        if (y.rows() != x.rows()) {
            throw Ops.mismatch("low rank " + up.name(), x.rows() + " rows", y);
        }
        Tensor inner = ops.take(x.rows(), down.rows());
        Linear.multiply(ops, down, x.data(), x.rows(), inner.data());
        int mark = ops.workspace().mark();
        Tensor change = ops.take(y.rows(), y.columns());
        Linear.multiply(ops, up, inner.data(), x.rows(), change.data());
        Add.addScaled(ops, y.size(), y.data(), change.data(), scale, y.data());
        ops.workspace().release(mark);
        Tape tape = ops.tape();
        if (tape != null && (tape.tracks(x) || tape.trains(down) || tape.trains(up))) {
            tape.recordInPlace(y, () -> backward(ops, tape, x, down, up, scale, inner, tape.gradient(y)));
        }
        return y;
    }

    private static void backward(
            Ops ops, Tape tape, Tensor x, Weight down, Weight up, float scale, Tensor inner, float[] dy) {
        int tokens = x.rows();
        int mark = ops.workspace().mark();
        Tensor dInner = ops.take(tokens, up.columns());
        java.util.Arrays.fill(dInner.data(), 0, dInner.size(), 0f);
        Linear.inputGradient(ops, up, dy, tokens, dInner.data());
        scale(dInner, scale);
        if (tape.tracks(x)) {
            Linear.inputGradient(ops, down, dInner.data(), tokens, tape.gradient(x));
        }
        weightGradient(ops, tape.parameter(down), dInner.data(), x.data(), tokens);
        // inner is not needed again: the factor goes in here rather than into the much larger dy
        scale(inner, scale);
        weightGradient(ops, tape.parameter(up), dy, inner.data(), tokens);
        ops.workspace().release(mark);
    }

    private static void weightGradient(Ops ops, @Nullable Parameter parameter, float[] dy, float[] x, int tokens) {
        if (parameter != null) {
            Linear.weightGradient(ops, parameter, dy, x, tokens);
        }
    }

    private static void scale(Tensor tensor, float factor) {
        float[] data = tensor.data();
        for (int i = 0; i < tensor.size(); i++) {
            data[i] *= factor;
        }
    }
}
