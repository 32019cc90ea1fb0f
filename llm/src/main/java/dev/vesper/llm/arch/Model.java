package dev.vesper.llm.arch;

import dev.vesper.llm.layer.Batch;
import dev.vesper.tensor.Tensor;
import dev.vesper.tensor.op.Ops;
import java.util.Arrays;

/** A model that is ready to run: its weights bound to its layers. Immutable; used by many threads. */
public interface Model {
    ModelShape shape();

    /** The final, normalised vectors of the wanted rows: {@code [wanted, dim]}. */
    Tensor hidden(Ops ops, Batch batch);

    /** Logits from final vectors: {@code [rows, vocabulary]}. */
    Tensor logits(Ops ops, Tensor hidden);

    /** Sum of the cross-entropy of final vectors with their targets, in nats; each row's is written to {@code losses}. */
    default double loss(Ops ops, Tensor hidden, int[] targets, double[] losses) {
        float[] weights = new float[targets.length];
        Arrays.fill(weights, 1f);
        return loss(ops, hidden, targets, weights, losses);
    }

    /** The same with a weight for each row in the sum; {@code losses} get those of the rows before weighting. */
    double loss(Ops ops, Tensor hidden, int[] targets, float[] weights, double[] losses);
}
