package dev.vesper.train;

import dev.vesper.data.Data;
import dev.vesper.data.Row;
import dev.vesper.llm.arch.Model;
import dev.vesper.tensor.Tensor;
import dev.vesper.tensor.op.Ops;
import java.util.Map;

/** Computes the loss of rows as an objective has it, and its gradient. */
sealed interface Learner permits CrossEntropyLearner, PreferenceLearner {

    /**
     * What came of some rows, summed up.
     *
     * @param count of what loss and gradient are means over
     * @param margin by which chosen answers lie above rejected ones, summed up
     * @param right of {@code count}, how many have a margin above 0
     * @param positions that went through the model to learn from
     */
    record Sums(double loss, int count, double margin, double right, long positions) {
        Sums plus(Sums other) {
            return new Sums(
                    loss + other.loss,
                    count + other.count,
                    margin + other.margin,
                    right + other.right,
                    positions + other.positions);
        }

        Sums plus(Verdict verdict, int more) {
            return plus(new Sums(verdict.loss(), verdict.count(), verdict.margin(), verdict.right(), more));
        }

        double mean() {
            return loss / count;
        }

        LossCurve.Margin margin(int step) {
            return new LossCurve.Margin(step, margin / count, right / count);
        }
    }

    /** Nothing yet. */
    Sums NOTHING = new Sums(0, 0, 0, 0, 0);

    /**
     * Makes or finds what must be there before the first step; to be called once, before the weights change.
     *
     * @param settings what the run is made from
     */
    default void prepare(RunDirectory directory, Map<String, Object> settings, TrainListener listener) {}

    /** The same for a trial, of which nothing is kept. */
    default void prepareTrial() {}

    /**
     * Makes a pass as {@link #learn} does, to see what it takes. Needs nothing prepared; what it adds to the gradients is
     * of no use.
     *
     * @param step for messages
     */
    Rehearsal.Timing rehearse(MicroBatch batch, int step);

    /**
     * Adds the gradient of the sum of the losses to the parameters.
     *
     * @param rows places in the list of rows to learn from
     * @param step for messages
     */
    Sums learn(int[] rows, int step);

    /** The losses of all held-out rows. */
    Sums measure(int step);

    /**
     * The learner of an objective.
     *
     * @throws dev.vesper.data.DataException if rows lack what the objective compares them with
     */
    static Learner of(Objective objective, Model model, Data data, TrainOptions options, Ops training, Ops measuring) {
        int budget = options.steps().microBatchTokens();
        return switch (objective) {
            case Objective.Supervised supervised -> new CrossEntropyLearner(model, data, budget, training, measuring);
            case Objective.Preferential preferential -> PreferenceLearner.of(
                    preferential, model, data, options.rows(), budget, training, measuring);
        };
    }

    /**
     * Positions that {@link #prepare} goes through if nothing is there yet. Mismatches are not counted, as
     * {@link #rehearse} takes the time of a row and its mismatch together.
     */
    static long positionsBefore(Objective objective, Data data) {
        return objective.referenced()
                ? data.trainTokens() + data.heldOut().stream().mapToLong(Row::inputs).sum()
                : 0;
    }

    /** The final vectors of a batch, of a new pass. */
    static Tensor hidden(Ops ops, Model model, MicroBatch batch) {
        ops.begin();
        return model.hidden(ops, batch.batch());
    }

    /** @throws TrainException if one is not finite; names its row */
    static void requireFinite(double[] losses, MicroBatch batch, int step) {
        for (int i = 0; i < losses.length; i++) {
            if (!Double.isFinite(losses[i])) {
                Row row = batch.rows().get(batch.origins()[i]);
                throw new TrainException("step %d: the loss on row %s is %s; the last checkpoint is untouched"
                        .formatted(step, row.place(), losses[i]));
            }
        }
    }
}
