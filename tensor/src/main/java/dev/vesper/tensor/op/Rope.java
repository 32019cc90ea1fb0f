package dev.vesper.tensor.op;

import dev.vesper.tensor.Tensor;

/** Rotary position embedding, in place: a rotation's gradient is the rotation back. */
final class Rope {
    private Rope() {}

    static Tensor forward(Ops ops, Tensor x, int heads, int headSize, Rotation rotation) {
        if (x.columns() != heads * headSize) {
            throw Ops.mismatch("rope", heads + " heads of " + headSize, x);
        }
        if (2 * rotation.pairs() > headSize) {
            throw Ops.mismatch("rope", "at most " + headSize / 2 + " pairs", rotation.pairs());
        }
        int angles = x.rows() * rotation.pairs();
        if (rotation.cos().length < angles) {
            throw Ops.mismatch("rope", angles + " cosines", rotation.cos().length);
        }
        if (rotation.sin().length < angles) {
            throw Ops.mismatch("rope", angles + " sines", rotation.sin().length);
        }
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
                shape.rows(), 1, 2L * shape.size(), ops.tasks().rope.of(data, heads, headSize, rotation, direction));
    }
}
