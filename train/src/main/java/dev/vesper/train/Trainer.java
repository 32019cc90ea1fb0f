package dev.vesper.train;

import dev.vesper.data.Data;
import dev.vesper.data.Row;
import dev.vesper.llm.Backend;
import dev.vesper.tensor.op.Ops;
import dev.vesper.tensor.op.Parameter;
import dev.vesper.tensor.op.Tape;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The loop: measure, step, measure now and then, keep the best, write down where it is. Everything that a step does is
 * a function of the weights, the moments and the number of the step, so that a run that goes on from a checkpoint ends
 * with the same bits as one that was never interrupted.
 */
final class Trainer {
    private static final int DEFAULT_MEASUREMENTS = 10;
    private static final int NEVER = -1;
    private static final int SMALL_PASS = 64;

    private final Trainee trainee;
    private final Data data;
    private final TrainOptions options;
    private final Map<String, Object> settings;
    private final RunDirectory directory;
    private final CheckpointPace pace;
    private final TrainListener listener;
    private final Conduct conduct;

    private final Gradients gradients;
    private final AdamW optimizer;
    private final Ops training;
    private final Ops measuring;
    private final RowOrder order;
    private final Schedule schedule;
    private final Learner learner;

    private final List<LossCurve.Point> points = new ArrayList<>();
    private final List<LossCurve.HeldOut> measured = new ArrayList<>();
    private final List<LossCurve.Margin> margins = new ArrayList<>();
    private final List<LossCurve.Margin> heldOutMargins = new ArrayList<>();
    private final Stopwatch watch = new Stopwatch();
    private int step;
    private int savedStep = NEVER;
    private int resumedAt;
    private double secondsBefore;
    private long tokens;
    private long tokensBefore;

    /** @param settings what a resumed run must have in common with this one */
    Trainer(
            Trainee trainee,
            Data data,
            TrainOptions options,
            Map<String, Object> settings,
            RunDirectory directory,
            CheckpointPace pace,
            TrainListener listener,
            Backend backend,
            Conduct conduct) {
        this.trainee = trainee;
        this.data = data;
        this.options = options;
        this.settings = settings;
        this.directory = directory;
        this.pace = pace;
        this.listener = listener;
        this.conduct = conduct;
        this.gradients = new Gradients(backend, trainee.parameters());
        this.optimizer = new AdamW(backend, options.optimizer(), trainee.parameters());
        Tape tape = new Tape(trainee.parameters());
        this.training = conduct.lowMemory() ? backend.trainingInLittleMemory(tape) : backend.training(tape);
        this.measuring = backend.inference();
        this.order = new RowOrder(
                data.train().size(), options.objective().rowsTogether(), options.steps(), options.seed());
        this.schedule = Schedule.of(options.schedule(), order.totalSteps());
        this.learner = Learner.of(options.objective(), trainee.model(), data, options, training, measuring);
    }

    int totalSteps() {
        return order.totalSteps();
    }

    int step() {
        return step;
    }

    /** The step of the last checkpoint, -1 if there is none. */
    int savedStep() {
        return savedStep;
    }

    /** Goes on from the checkpoint in the folder. */
    void resume() {
        RunState state =
                CheckpointFile.read(directory.checkpoint(), settings, trainee.parameters(), optimizer);
        step = state.step();
        savedStep = step;
        resumedAt = step;
        secondsBefore = state.seconds();
        tokens = state.tokens();
        tokensBefore = tokens;
        points.addAll(state.curve().steps());
        measured.addAll(state.curve().heldOut());
        margins.addAll(state.curve().margins());
        heldOutMargins.addAll(state.curve().heldOutMargins());
    }

    /** Makes passes over the rows to come to see what they take; learns nothing. */
    Pace rehearse() {
        Pace pace = Rehearsal.run(this::smallPass, this::wholePass, positionsLeft());
        gradients.clear();
        return pace;
    }

    /** The same, with so many seconds for it at most, for what takes longer than the run. */
    Pace rehearse(double seconds) {
        Pace pace = Rehearsal.within(seconds, this::smallPass, this::wholePass);
        gradients.clear();
        return pace;
    }

    private Rehearsal.Timing smallPass() {
        Row row = beginning(data.train().getFirst());
        return learner.rehearse(MicroBatch.pack(List.of(row), SMALL_PASS).getFirst(), step + 1);
    }

    private Rehearsal.Timing wholePass(int ahead) {
        return learner.rehearse(upcoming(ahead), step + 1);
    }

    /** A few positions, the last of which is a target. */
    private static Row beginning(Row row) {
        int tokens = Math.min(row.tokens().length, SMALL_PASS + 1);
        boolean[] supervised = Arrays.copyOf(row.supervised(), tokens);
        supervised[tokens - 1] = true;
        return new Row(row.place(), Arrays.copyOf(row.tokens(), tokens), supervised, row.preference());
    }

    /** The first micro-batch of a step to come. */
    private MicroBatch upcoming(int steps) {
        List<Row> rows = Arrays.stream(order.rows((step + steps) % order.totalSteps()))
                .mapToObj(data.train()::get)
                .toList();
        return MicroBatch.pack(rows, options.objective().rowsTogether(), options.steps().microBatchTokens())
                .getFirst();
    }

    /** Makes ready for a run of which nothing is saved. */
    void prepareTrial() {
        learner.prepareTrial();
    }

    /** Makes all steps, of which nothing is saved, and gives the held-out loss then. */
    double tryOut() {
        while (step < order.totalSteps()) {
            learn();
        }
        return heldOutLoss();
    }

    /** The mean loss on the held-out rows as the weights are. */
    double heldOutLoss() {
        return learner.measure(step + 1).mean();
    }

    /** Positions to go through before the first step or measurement. */
    long positionsBefore() {
        return directory.hasReference() ? 0 : Learner.positionsBefore(options.objective(), data);
    }

    /** Measurements that are still to be made. */
    int measurementsLeft() {
        return (measured.isEmpty() ? 1 : 0) + Math.ceilDiv(order.totalSteps() - step, evaluateEvery());
    }

    /** Positions that the steps to come learn from. */
    long positionsLeft() {
        long sum = 0;
        for (int next = step; next < order.totalSteps(); next++) {
            for (int row : order.rows(next)) {
                sum += data.train().get(row).inputs();
            }
        }
        return sum;
    }

    /** Trains to the last step, or until asked to stop. */
    TrainResult run() {
        watch.start();
        learner.prepare(directory, settings, listener);
        if (measured.isEmpty()) {
            measure();
        }
        while (!over() && !listener.stopRequested()) {
            long before = System.nanoTime();
            LossCurve.Point point = learn();
            watch.addLearning(System.nanoTime() - before);
            points.add(point);
            if (step % evaluateEvery() == 0 || step == order.totalSteps()) {
                measure();
            }
            if (pace.due(step - Math.max(0, savedStep), watch.sinceSaved(), watch.saving())) {
                save();
            }
            listener.stepped(progress(point));
        }
        if (over() && measured.getLast().step() < step) {
            measure();
        }
        if (step > savedStep) {
            save();
        }
        return result();
    }

    private boolean over() {
        return ending() != Ending.STOPPED;
    }

    /** Why there is nothing left to do, if so. */
    private Ending ending() {
        if (step == order.totalSteps()) {
            return Ending.COMPLETE;
        }
        int patience = options.steps().patience();
        if (patience > 0 && !measured.isEmpty() && measured.size() - 1 - measured.indexOf(curve().best()) >= patience) {
            return Ending.NO_PROGRESS;
        }
        boolean limited = conduct.limit().isPositive();
        return limited && seconds() >= 1e-9 * conduct.limit().toNanos() ? Ending.TIME : Ending.STOPPED;
    }

    private int evaluateEvery() {
        int every = options.steps().evaluateEvery();
        return every > 0 ? every : Math.max(1, Math.ceilDiv(order.totalSteps(), DEFAULT_MEASUREMENTS));
    }

    /** One step of the optimiser on the mean gradient over what the loss of its rows is a mean of. */
    private LossCurve.Point learn() {
        int[] rows = order.rows(step);
        gradients.clear();
        Learner.Sums sums = learner.learn(rows, step + 1);
        tokens += sums.positions();
        double norm = gradients.norm() / sums.count();
        if (!Double.isFinite(norm)) {
            throw new TrainException(
                    "step %d: the gradient of %s is not finite, on rows %s; the last checkpoint is untouched"
                            .formatted(step + 1, gradients.culprit(), places(rows)));
        }
        double clipping = options.clip() > 0 && norm > options.clip() ? options.clip() / norm : 1;
        double rate = schedule.rate(step);
        optimizer.step(rate, clipping / sums.count());
        step++;
        prefer(sums, margins, false);
        return new LossCurve.Point(step, sums.mean(), rate, norm);
    }

    private void prefer(Learner.Sums sums, List<LossCurve.Margin> to, boolean heldOut) {
        if (options.objective() instanceof Objective.Preferential) {
            LossCurve.Margin margin = sums.margin(step);
            to.add(margin);
            listener.preferred(margin, heldOut);
        }
    }

    private String places(int[] rows) {
        return Arrays.stream(rows).mapToObj(row -> data.train().get(row).place()).collect(Collectors.joining(", "));
    }

    /**
     * Measures on the held-out rows. If no loss was lower, the weights become the result, and then the checkpoint tells
     * so: in this order, a run that is cut off between the two makes the same result again when it is resumed.
     */
    private void measure() {
        long before = System.nanoTime();
        Learner.Sums sums = learner.measure(step + 1);
        watch.addMeasuring(System.nanoTime() - before);
        prefer(sums, heldOutMargins, true);
        var result = new LossCurve.HeldOut(step, sums.mean());
        boolean best = measured.stream().allMatch(earlier -> result.loss() < earlier.loss());
        measured.add(result);
        if (best) {
            trainee.save(directory);
            save();
        }
        listener.measured(result, best);
    }

    private void save() {
        long before = System.nanoTime();
        RunState state = new RunState(step, seconds(), tokens, curve());
        CheckpointFile.write(directory.checkpoint(), settings, state, trainee.parameters(), optimizer);
        savedStep = step;
        watch.saved(System.nanoTime() - before);
        listener.saved(directory.checkpoint(), step);
    }

    private LossCurve curve() {
        return new LossCurve(points, measured, margins, heldOutMargins);
    }

    private double seconds() {
        return secondsBefore + watch.total().toNanos() / 1e9;
    }

    private double tokensPerSecond() {
        double learning = watch.learning().toNanos() / 1e9;
        return learning == 0 ? 0 : (tokens - tokensBefore) / learning;
    }

    private TrainListener.Progress progress(LossCurve.Point point) {
        int left = order.totalSteps() - step;
        Duration time = watch.estimate(step - resumedAt, left, Math.ceilDiv(left, evaluateEvery()));
        return new TrainListener.Progress(
                point,
                order.totalSteps(),
                order.epoch(step - 1) + 1,
                measured.getLast().loss(),
                measured.stream().mapToDouble(LossCurve.HeldOut::loss).min().orElseThrow(),
                tokensPerSecond(),
                time,
                Machine.peakMemory());
    }

    private TrainResult result() {
        return new TrainResult(
                directory,
                ending(),
                step,
                order.totalSteps(),
                curve(),
                seconds(),
                tokens,
                tokensPerSecond(),
                Machine.peakMemory());
    }

    /** Bytes of the buffers of all passes. */
    long bytes() {
        return training.bytes() + measuring.bytes();
    }

    /** Numbers that are trained. */
    long size() {
        return trainee.parameters().stream().mapToLong(Parameter::size).sum();
    }
}
