package dev.vesper.tensor.op;

import dev.vesper.tensor.Tensor;

/** The gate of SwiGLU: {@code silu(gate) * up}. */
final class SiluTimes {
    private static final int COST = 16;
    private static final int GRAIN = 1024;

    private SiluTimes() {}

    static Tensor forward(Ops ops, Tensor gate, Tensor up) {
        if (gate.rows() != up.rows() || gate.columns() != up.columns()) {
            throw Ops.mismatch("siluTimes", gate, up);
        }
        Tensor out = ops.take(gate.rows(), gate.columns());
        ops.parallel(gate.size(), GRAIN, (long) COST * gate.size(), ops.tasks().silu.of(gate, up, out));
        Tape tape = ops.tape();
        if (tape != null && (tape.tracks(gate) || tape.tracks(up))) {
            tape.record(out, () -> backward(ops, tape, gate, up, tape.gradient(out)));
        }
        return out;
    }

    private static void backward(Ops ops, Tape tape, Tensor gate, Tensor up, float[] dOut) {
        float[] dGate = tape.gradient(gate);
        float[] dUp = tape.gradient(up);
        ops.parallel(gate.size(), GRAIN, (long) COST * gate.size(), (from, to, worker) -> ops.kernels()
                .siluTimesGradient(from, to, gate.data(), up.data(), dOut, dGate, dUp));
    }
}
