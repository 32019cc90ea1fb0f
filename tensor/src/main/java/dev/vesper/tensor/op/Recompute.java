package dev.vesper.tensor.op;

import dev.vesper.tensor.Tensor;
import dev.vesper.tensor.Workspace;
import java.util.function.UnaryOperator;

/**
 * Blocks that are computed again in the backward pass instead of being kept (Chen et al. 2016, "Training deep nets with
 * sublinear memory cost"). Both times the same operations run on the same numbers in the same order, and gradients are
 * added up in the order in which they would be otherwise: the bits are those of keeping everything.
 */
final class Recompute {
    private final Tape tape;

    /** Outputs of blocks, apart from all else: buffers that are used again for other shapes would grow to the largest. */
    private final Workspace outputs = new Workspace();

    /** All within the one block that is being computed. */
    private final Workspace within = new Workspace();

    Recompute(Tape tape) {
        this.tape = tape;
    }

    void begin() {
        outputs.release(0);
        within.release(0);
    }

    long bytes() {
        return outputs.bytes() + within.bytes();
    }

    Tensor block(Ops ops, Tensor input, UnaryOperator<Tensor> body) {
        int node = tape.mark();
        Tensor inner = apply(ops, input, body);
        Tensor output = outputs.take(inner.rows(), inner.columns());
        System.arraycopy(inner.data(), 0, output.data(), 0, inner.size());
        boolean tracked = tape.tracks(inner);
        tape.forget(node);
        if (tracked) {
            tape.record(output, () -> backward(ops, input, body, output));
        }
        return output;
    }

    private Tensor apply(Ops ops, Tensor input, UnaryOperator<Tensor> body) {
        within.release(0);
        Workspace before = ops.takeFrom(within);
        Tensor inner = body.apply(input);
        ops.takeFrom(before);
        return inner;
    }

    private void backward(Ops ops, Tensor input, UnaryOperator<Tensor> body, Tensor output) {
        int node = tape.mark();
        Tensor inner = apply(ops, input, body);
        tape.moveGradient(output, inner);
        Workspace before = ops.takeFrom(within);
        tape.backwardWithin(node, input);
        ops.takeFrom(before);
    }
}
