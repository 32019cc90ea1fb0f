package dev.vesper.tensor.op;

import dev.vesper.tensor.Tensor;

/** Rotary position embedding, in place: a rotation's gradient is the rotation back. */
final class Rope {
    private Rope() {}

    static Tensor forward(Ops ops, Tensor x, int heads, int headSize, Rotation rotation) {
        Ops.check(x.columns() == heads * headSize, "rope", heads + " heads of " + headSize, x);
        Ops.check(2 * rotation.pairs() <= headSize, "rope", "at most " + headSize / 2 + " pairs", rotation.pairs());
        int angles = x.rows() * rotation.pairs();
        Ops.check(rotation.cos().length >= angles, "rope", angles + " cosines", rotation.cos().length);
        Ops.check(rotation.sin().length >= angles, "rope", angles + " sines", rotation.sin().length);
        rotate(ops, x, x.data(), heads, headSize, rotation, 1);
        Tape tape = ops.tape();
        if (tape != null && tape.tracks(x)) {
            tape.recordInPlace(x, () -> rotate(ops, x, tape.gradient(x), heads, headSize, rotation, -1));
        }
        return x;
    }

    private static void rotate(
            Ops ops, Tensor shape, float[] data, int heads, int headSize, Rotation rotation, int direction) {
        ops.parallel(
                shape.rows(), 1, 2L * shape.size(), (from, to, worker) -> ops.kernels()
                        .rope(
                                from, to, data, heads, headSize, rotation.pairs(), rotation.cos(), rotation.sin(),
                                direction));
    }
}
