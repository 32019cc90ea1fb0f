package dev.vesper.train;

import dev.vesper.data.Row;
import dev.vesper.llm.Backend;
import dev.vesper.llm.arch.Model;
import dev.vesper.tensor.op.Ops;
import java.util.List;

/** The mean loss of a model on rows that it did not learn from. */
public final class HeldOutLoss {
    private HeldOutLoss() {}

    /**
     * Mean cross-entropy over the targets of all rows, in nats.
     *
     * @param microBatchTokens positions that go through the model at a time
     */
    public static double of(Model model, List<Row> rows, int microBatchTokens, Backend backend) {
        Ops ops = backend.inference();
        double sum = 0;
        long targets = 0;
        for (MicroBatch batch : MicroBatch.pack(rows, microBatchTokens)) {
            ops.begin();
            sum += model.loss(
                    ops, model.hidden(ops, batch.batch()), batch.targets(), new double[batch.targets().length]);
            targets += batch.targets().length;
        }
        return sum / targets;
    }
}
