package dev.vesper.train;

import dev.vesper.data.Data;
import dev.vesper.data.Row;
import dev.vesper.data.RowOptions;
import dev.vesper.llm.arch.Model;
import dev.vesper.tensor.Tensor;
import dev.vesper.tensor.op.Ops;
import dev.vesper.train.Answers.Answer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Learns from preferences. How much the tokens of an answer count depends on the probability of the whole answer, and
 * of the other one of its pair: so the output head runs twice over the same final vectors, once to look and once with
 * the weights that came of it.
 */
final class PreferenceLearner implements Learner {
    private final Objective.Preferential objective;
    private final Model model;
    private final Rows train;
    private final Rows heldOut;
    private final int budget;
    private final Ops training;
    private final Ops measuring;
    private Reference reference = Reference.NONE;

    /**
     * Rows that are learnt from or held out.
     *
     * @param mismatches of KTO, one for each row; else empty
     */
    private record Rows(List<Row> all, List<Row> mismatches) {}

    private PreferenceLearner(
            Objective.Preferential objective,
            Model model,
            Rows train,
            Rows heldOut,
            int budget,
            Ops training,
            Ops measuring) {
        this.objective = objective;
        this.model = model;
        this.train = train;
        this.heldOut = heldOut;
        this.budget = budget;
        this.training = training;
        this.measuring = measuring;
    }

    /** @param budget positions that go through the model at a time */
    static PreferenceLearner of(
            Objective.Preferential objective,
            Model model,
            Data data,
            RowOptions options,
            int budget,
            Ops training,
            Ops measuring) {
        return new PreferenceLearner(
                objective,
                model,
                rows(objective, data, data.train(), options),
                rows(objective, data, data.heldOut(), options),
                budget,
                training,
                measuring);
    }

    private static Rows rows(Objective.Preferential objective, Data data, List<Row> rows, RowOptions options) {
        return new Rows(rows, objective instanceof Objective.Kto
                ? Mismatches.of(data.file().toString(), rows, options)
                : List.of());
    }

    /** Asks the model before training, unless a run that is resumed has done so. */
    @Override
    public void prepare(RunDirectory directory, Map<String, Object> settings, TrainListener listener) {
        if (!objective.referenced()) {
            return;
        }
        if (directory.hasReference()) {
            reference = Reference.read(directory.reference(), settings);
            reference.requireSizes(directory.reference(), train.all().size(), heldOut.all().size());
        } else if (directory.hasCheckpoint()) {
            throw new TrainException(
                    "%s: expected the probabilities that the model gave before training, found no such file; without it the run cannot be resumed"
                            .formatted(directory.reference()));
        } else {
            reference = asked(listener);
            reference.write(directory.reference(), settings);
        }
    }

    @Override
    public void prepareTrial() {
        if (objective.referenced()) {
            reference = asked(TrainListener.NONE);
        }
    }

    private Reference asked(TrainListener listener) {
        Asking asking = new Asking(listener, train, heldOut);
        return new Reference(
                asking.ask(train.all()),
                asking.ask(heldOut.all()),
                asking.ask(train.mismatches()),
                asking.ask(heldOut.mismatches()));
    }

    /** Rows stand for their mismatches, which are about as long. */
    @Override
    public Rehearsal.Timing rehearse(MicroBatch batch, int step) {
        Tensor[] hidden = new Tensor[1];
        float[] weights = new float[batch.targets().length];
        Arrays.fill(weights, 1);
        return Rehearsal.timed(
                batch.inputs(),
                () -> {
                    if (!train.mismatches().isEmpty()) {
                        logProbabilities(batch, step);
                    }
                    hidden[0] = Learner.hidden(training, model, batch);
                    measuring.begin();
                    logProbabilities(batch, hidden[0], step);
                },
                () -> {
                    model.loss(training, hidden[0], batch.targets(), weights, new double[weights.length]);
                    training.backward();
                });
    }

    /** Goes through all rows before training, which may take as long as an epoch. */
    private final class Asking {
        private final TrainListener listener;
        private final int total;
        private int done;

        Asking(TrainListener listener, Rows... rows) {
            this.listener = listener;
            this.total = Arrays.stream(rows).mapToInt(r -> r.all().size() + r.mismatches().size()).sum();
        }

        double[] ask(List<Row> rows) {
            List<Double> all = new ArrayList<>();
            for (MicroBatch batch : MicroBatch.pack(rows, budget)) {
                if (listener.stopRequested()) {
                    throw new TrainException(
                            "stopped before the first step, after %d of %d answers of the model before training; nothing is lost but these"
                                    .formatted(done, total));
                }
                for (double one : logProbabilities(batch, 0)) {
                    all.add(one);
                }
                done += batch.rows().size();
                listener.referenced(done, total);
            }
            return all.stream().mapToDouble(Double::doubleValue).toArray();
        }
    }

    @Override
    public Sums learn(int[] indices, int step) {
        double referencePoint = referencePoint(train, reference.trainMismatches(), indices, step);
        List<Row> rows = Arrays.stream(indices).mapToObj(train.all()::get).toList();
        Sums sums = NOTHING;
        int at = 0;
        for (MicroBatch batch : MicroBatch.pack(rows, objective.rowsTogether(), budget)) {
            int[] part = Arrays.copyOfRange(indices, at, at + batch.rows().size());
            at += part.length;
            Tensor hidden = Learner.hidden(training, model, batch);
            measuring.begin();
            double[] logProbabilities = logProbabilities(batch, hidden, step);
            Verdict verdict =
                    objective.judge(answers(train, reference.train(), part, logProbabilities, referencePoint));
            float[] weights = new float[batch.targets().length];
            for (int i = 0; i < weights.length; i++) {
                weights[i] = (float) verdict.weights()[batch.origins()[i]];
            }
            model.loss(training, hidden, batch.targets(), weights, new double[weights.length]);
            training.backward();
            sums = sums.plus(verdict, batch.inputs());
        }
        return sums;
    }

    @Override
    public Sums measure(int step) {
        int[] indices = new int[heldOut.all().size()];
        Arrays.setAll(indices, i -> i);
        double referencePoint = referencePoint(heldOut, reference.heldOutMismatches(), indices, step);
        double[] logProbabilities = new double[indices.length];
        int at = 0;
        for (MicroBatch batch : MicroBatch.pack(heldOut.all(), budget)) {
            double[] part = logProbabilities(batch, step);
            System.arraycopy(part, 0, logProbabilities, at, part.length);
            at += part.length;
        }
        return NOTHING.plus(
                objective.judge(
                        answers(heldOut, reference.heldOut(), indices, logProbabilities, referencePoint)),
                0);
    }

    private Answers answers(
            Rows rows, double[] before, int[] indices, double[] logProbabilities, double referencePoint) {
        List<Answer> answers = new ArrayList<>();
        for (int i = 0; i < indices.length; i++) {
            Row row = rows.all().get(indices[i]);
            answers.add(new Answer(
                    logProbabilities[i],
                    objective.referenced() ? before[indices[i]] : 0,
                    row.targets(),
                    row.preference()));
        }
        return new Answers(answers, referencePoint);
    }

    /** How much likelier the mismatches of these rows are than before training, in the mean, and at least 0. */
    private double referencePoint(Rows rows, double[] before, int[] indices, int step) {
        if (rows.mismatches().isEmpty()) {
            return 0;
        }
        List<Row> mismatches = Arrays.stream(indices).mapToObj(rows.mismatches()::get).toList();
        double sum = 0;
        int at = 0;
        for (MicroBatch batch : MicroBatch.pack(mismatches, budget)) {
            for (double logProbability : logProbabilities(batch, step)) {
                sum += logProbability - before[indices[at++]];
            }
        }
        return Math.max(0, sum / indices.length);
    }

    private double[] logProbabilities(MicroBatch batch, int step) {
        return logProbabilities(batch, Learner.hidden(measuring, model, batch), step);
    }

    /** Of what is supervised in each row, from final vectors; records nothing. */
    private double[] logProbabilities(MicroBatch batch, Tensor hidden, int step) {
        double[] losses = new double[batch.targets().length];
        model.loss(measuring, hidden, batch.targets(), losses);
        Learner.requireFinite(losses, batch, step);
        double[] sums = new double[batch.rows().size()];
        for (int i = 0; i < losses.length; i++) {
            sums[batch.origins()[i]] -= losses[i];
        }
        return sums;
    }
}
