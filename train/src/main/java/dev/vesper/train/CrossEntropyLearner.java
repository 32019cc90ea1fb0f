package dev.vesper.train;

import dev.vesper.data.Data;
import dev.vesper.data.Row;
import dev.vesper.llm.arch.Model;
import dev.vesper.tensor.op.Ops;
import java.util.Arrays;
import java.util.List;

/** Learns what is supervised as it is: every token counts the same. */
final class CrossEntropyLearner implements Learner {
    private final Model model;
    private final List<Row> train;
    private final List<MicroBatch> heldOut;
    private final int budget;
    private final Ops training;
    private final Ops measuring;

    /** @param budget positions that go through the model at a time */
    CrossEntropyLearner(Model model, Data data, int budget, Ops training, Ops measuring) {
        this.model = model;
        this.train = data.train();
        this.heldOut = MicroBatch.pack(data.heldOut(), budget);
        this.budget = budget;
        this.training = training;
        this.measuring = measuring;
    }

    @Override
    public Sums learn(int[] rows, int step) {
        Sums sums = NOTHING;
        for (MicroBatch batch : MicroBatch.pack(Arrays.stream(rows).mapToObj(train::get).toList(), budget)) {
            sums = sums.plus(pass(training, batch, step));
            training.backward();
        }
        return sums;
    }

    @Override
    public Sums measure(int step) {
        Sums sums = NOTHING;
        for (MicroBatch batch : heldOut) {
            sums = sums.plus(pass(measuring, batch, step));
        }
        return sums;
    }

    @Override
    public Rehearsal.Timing rehearse(MicroBatch batch, int step) {
        return Rehearsal.timed(batch.inputs(), () -> pass(training, batch, step), training::backward);
    }

    private Sums pass(Ops ops, MicroBatch batch, int step) {
        double[] losses = new double[batch.targets().length];
        double sum = model.loss(ops, Learner.hidden(ops, model, batch), batch.targets(), losses);
        Learner.requireFinite(losses, batch, step);
        return new Sums(sum, losses.length, 0, 0, batch.inputs());
    }
}
