package dev.vesper.train;

import dev.vesper.data.Data;
import dev.vesper.data.DataFormat;
import dev.vesper.data.Row;
import dev.vesper.data.RowOptions;
import dev.vesper.llm.ModelFile;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Fits a run into the time that there is: chooses length of rows, rank, batch and number of steps, from the data and from
 * what passes are measured to take, and says why. What the user has given is not touched.
 *
 * <p>The clock runs from the construction on; measuring is part of the time.
 */
public final class Evening {
    /** Settings that the user may have given. */
    public enum Setting {
        MAX_SEQUENCE,
        RANK,
        ALPHA,
        BATCH,
        LENGTH,
        EVALUATE_EVERY,
        HELD_OUT,
        PATIENCE
    }

    /** The part of the time that is planned for: machines have other things to do as well. */
    private static final double PLANNED = 0.9;

    /** The part after which the run ends, however far it is. */
    private static final double AT_MOST = 1.1;

    private static final int MOST_EPOCHS = 10;
    private static final int PATIENCE = 4;
    private static final int MOST_MEASUREMENTS = 11;
    private static final int SOME_MEASUREMENTS = 6;
    private static final int FEWEST_HELD_OUT = 2;
    private static final double MEASURING_SHARE = 0.2;
    private static final double MEASURING_PACE = 0.2;
    private static final int TEXT_SEQUENCE = 512;
    private static final int LONGEST_SEQUENCE = 2048;
    private static final int MOST_ROWS_IN_A_STEP = 8;
    private static final int FEWEST_STEPS = 60;

    private final Duration time;
    private final Set<Setting> given;
    private final long begin = System.nanoTime();
    private final List<String> reasons = new ArrayList<>();

    /** @param given what is not to be chosen */
    public Evening(Duration time, Set<Setting> given) {
        if (time.compareTo(Duration.ofSeconds(1)) < 0) {
            throw new IllegalArgumentException("an evening must have at least 1 s, got " + time);
        }
        this.time = time;
        this.given = Set.copyOf(given);
    }

    /** First the shape: length of rows and rank, which follow from the data alone. */
    public TuneRequest shape(TuneRequest request) {
        try (ModelFile model = ModelFile.open(request.model())) {
            TrainOptions options = request.options();
            int context = model.model().shape().contextLength();
            int sequence = given.contains(Setting.MAX_SEQUENCE)
                    ? options.rows().maxSequence()
                    : Math.min(context, request.format() == DataFormat.TEXT ? TEXT_SEQUENCE : LONGEST_SEQUENCE);
            Data data = Data.read(
                    request.data(), request.format(), model, options.rows().maxSequence(sequence), options.seed());
            if (!given.contains(Setting.MAX_SEQUENCE)) {
                sequence = sequence(request.format(), data, sequence);
            }
            Method method = options.method();
            if (method instanceof Method.Lora lora && !given.contains(Setting.RANK)) {
                method = rank(lora, data.trainTargets());
            }
            return request.options(options.rows(options.rows().maxSequence(sequence)).method(method));
        }
    }

    private int sequence(DataFormat format, Data data, int most) {
        if (format == DataFormat.TEXT) {
            say("rows of %d tokens: long enough for text to hang together, at most what the model takes", most);
            return most;
        }
        int longest = Stream.concat(data.train().stream(), data.heldOut().stream()).mapToInt(Row::inputs).max()
                .orElse(most);
        say("rows of at most %d tokens: the longest conversation of the file", longest);
        return longest;
    }

    private Method rank(Method.Lora lora, long learnt) {
        int rank = learnt < 20_000 ? 8 : learnt < 500_000 ? 16 : 32;
        double alpha = given.contains(Setting.ALPHA) ? lora.alpha() : 2 * rank;
        say("rank %d, alpha %.0f: an epoch teaches %,d tokens (8 below 20,000, 16 below 500,000, then 32)", rank, alpha,
                learnt);
        return new Method.Lora(rank, alpha, lora.targets());
    }

    /**
     * Makes sure before a sweep that it leaves at least as much time as it takes.
     *
     * @throws TrainException if it does not; says how much time would do
     */
    public void requireTimeToSweep(TuneRequest request) {
        try (Preparation preparation = Preparation.of(request)) {
            Trainer trainer = preparation.trainer(
                    new RunDirectory(request.out()), preparation.settings(), TrainListener.NONE);
            Pace pace = trainer.rehearse(MEASURING_PACE * seconds(time.toNanos()));
            requireTimeToSweep(request, preparation.data(), pace, seconds(System.nanoTime() - begin));
        }
    }

    /** @param spent seconds of the time that are gone */
    void requireTimeToSweep(TuneRequest request, Data data, Pace pace, double spent) {
        double whole = seconds(time.toNanos());
        double sweep = Sweep.seconds(request, data, pace);
        if (spent + 2 * sweep > PLANNED * whole) {
            throw new TrainException(
                    "%s, of which %s are gone, are not enough for a sweep and a run: the sweep takes up to %s here and should not take more than the run; take at least %.0f s, or a --learning-rate instead of --sweep"
                            .formatted(words(whole), words(spent), words(sweep),
                                    Math.ceil((spent + 2 * sweep) / PLANNED)));
        }
        say("up to %s of %s go to the sweep", words(sweep), words(whole));
    }

    /**
     * Then the length: passes are made to see what they take, and batch and number of steps follow.
     *
     * @throws TrainException if the run cannot fit into memory, or not even one step into the time
     */
    public TuneRequest length(TuneRequest request) {
        try (Preparation preparation = Preparation.of(request)) {
            Trainer trainer = preparation.trainer(
                    new RunDirectory(request.out()), preparation.settings(), TrainListener.NONE);
            Pace pace = trainer.rehearse();
            return length(request, preparation.data(), pace, seconds(System.nanoTime() - begin));
        }
    }

    /** @param spent seconds of the time that are gone */
    TuneRequest length(TuneRequest request, Data data, Pace pace, double spent) {
        double whole = seconds(time.toNanos());
        int examples = data.train().size() / request.options().objective().rowsTogether();
        double row = (double) data.trainTokens() / examples;
        long heldOut = data.heldOut().stream().mapToLong(Row::inputs).sum();
        // The run begins with a pre-flight of its own, on a machine that is warm by then.
        double before = Learner.positionsBefore(request.options().objective(), data) * pace.forward();
        double usable = whole * PLANNED - spent - Math.min(pace.spent(), whole / 20) - before;
        if (before > 0) {
            say("%s go to asking the model before training about all rows", words(before));
        }
        RowOptions kept = heldOut(request.options().rows(), data, heldOut, MEASURING_SHARE * usable / pace.forward());
        double measurement =
                heldOut * pace.forward() * Math.min(1, kept.heldOut() / request.options().rows().heldOut());
        int measurements = (int) Math.clamp(MEASURING_SHARE * usable / measurement, 2, MOST_MEASUREMENTS);
        double left = usable - measurements * measurement;
        say("measured: %,.0f tokens/s on passes over %,d tokens; %s of %s are left for steps",
                pace.positionsPerSecond(), pace.positions(), words(left), words(whole));
        double rows = left / (row * (pace.forward() + pace.backward()));
        StepOptions steps = request.options().steps();
        if (!given.contains(Setting.LENGTH) && rows < 1) {
            throw new TrainException(
                    "%s, of which %s are gone, are not enough: a row of %.0f tokens takes %.3f s here and measuring %.1f s; take more time, shorter"
                            .formatted(words(whole), words(spent), row, row * (pace.forward() + pace.backward()),
                                    measurements * measurement)
                            + " rows or a smaller share to hold out (--held-out)");
        }
        double used = Math.min(rows, (double) MOST_EPOCHS * examples);
        if (!given.contains(Setting.BATCH)) {
            steps = batch(steps, given.contains(Setting.LENGTH) ? length(steps, examples) : used);
        }
        if (!given.contains(Setting.LENGTH)) {
            steps = steps(steps, used, rows, examples);
        }
        if (!given.contains(Setting.EVALUATE_EVERY)) {
            int total = steps.steps() > 0 ? steps.steps() : (int) Math.ceil(used / steps.batch());
            steps = steps.evaluateEvery(Math.max(1, Math.ceilDiv(total, measurements - 1)));
            say("%d measurements of %s each: at most a fifth of the time", measurements, words(measurement));
        }
        if (!given.contains(Setting.PATIENCE)) {
            steps = steps.patience(PATIENCE);
            say("ends earlier after %d measurements without a lower held-out loss", PATIENCE);
        }
        Duration limit = Duration.ofMillis((long) (1000 * Math.max(1, whole * AT_MOST - spent)));
        return request.options(request.options().steps(steps).rows(kept))
                .conduct(request.conduct().limit(limit, all(request)));
    }

    /** Fewer rows to measure on where some measurements of all would take more positions than there are for measuring. */
    private RowOptions heldOut(RowOptions rows, Data data, long heldOut, double positions) {
        if (given.contains(Setting.HELD_OUT) || SOME_MEASUREMENTS * heldOut <= positions) {
            return rows;
        }
        int together = data.format().rowsPerExample();
        int all = (data.train().size() + data.heldOut().size()) / together;
        double row = (double) heldOut * together / data.heldOut().size();
        double count = Math.max(FEWEST_HELD_OUT, Math.floor(positions / SOME_MEASUREMENTS / row));
        double share = Math.min(rows.heldOut(), count / all);
        say("%.0f rows are held out: measuring on %d several times would take more than a fifth of the time",
                share * all, data.heldOut().size() / together);
        return new RowOptions(rows.maxSequence(), rows.truncate(), share, rows.skipBad());
    }

    private List<String> all(TuneRequest request) {
        return Stream.concat(request.conduct().choices().stream(), reasons.stream()).toList();
    }

    private static double length(StepOptions steps, int rows) {
        return steps.steps() > 0 ? (double) steps.steps() * steps.batch() : (double) steps.epochs() * rows;
    }

    private StepOptions batch(StepOptions steps, double rows) {
        int batch = MOST_ROWS_IN_A_STEP;
        while (batch > 1 && rows / batch < FEWEST_STEPS) {
            batch /= 2;
        }
        say(batch == MOST_ROWS_IN_A_STEP
                ? "%d rows in a step: more would smooth little"
                : "%d rows in a step: with %d there would be fewer than %d steps", batch, 2 * batch, FEWEST_STEPS);
        return steps.batch(batch);
    }

    private StepOptions steps(StepOptions steps, double used, double possible, int rows) {
        int count = Math.max(1, (int) (used / steps.batch()));
        if (used < possible) {
            say("%,d steps, %d epochs: there would be time for %.0f, but more would be recited rather than learnt",
                    count,
                    MOST_EPOCHS, possible / rows);
        } else {
            say("%,d steps, %.2f epochs: what fits into the time", count, used / rows);
        }
        return steps.steps(count);
    }

    /** The choices of the run in the folder, for one that goes on; the time that it has taken counts. */
    public TuneRequest resumed(TuneRequest request) {
        PastRun run = PastRun.read(request.out());
        TrainOptions options = request.options();
        StepOptions steps = options.steps();
        if (!given.contains(Setting.BATCH)) {
            steps = steps.batch(run.setting("batch").asInt());
        }
        if (!given.contains(Setting.LENGTH)) {
            steps = steps.steps(run.setting("steps").asInt());
        }
        if (!given.contains(Setting.EVALUATE_EVERY)) {
            steps = steps.evaluateEvery(run.setting("evaluate_every").asInt());
        }
        if (!given.contains(Setting.PATIENCE)) {
            steps = steps.patience(run.setting("patience").asInt(0));
        }
        Method method = options.method() instanceof Method.Lora lora && !given.contains(Setting.RANK)
                ? new Method.Lora(run.setting("rank").asInt(), run.setting("alpha").asDouble(), lora.targets())
                : options.method();
        int sequence = given.contains(Setting.MAX_SEQUENCE)
                ? options.rows().maxSequence()
                : run.setting("max_sequence").asInt();
        double heldOut = given.contains(Setting.HELD_OUT)
                ? options.rows().heldOut()
                : run.setting("held_out").asDouble();
        RowOptions rows = new RowOptions(sequence, options.rows().truncate(), heldOut, options.rows().skipBad());
        Duration limit = Duration.ofMillis((long) (1000 * AT_MOST * seconds(time.toNanos())));
        return request.options(options.steps(steps).method(method).rows(rows))
                .conduct(request.conduct().limit(limit, run.choices()));
    }

    private void say(String format, Object... values) {
        reasons.add(String.format(Locale.ROOT, format, values));
    }

    private static double seconds(long nanoseconds) {
        return 1e-9 * nanoseconds;
    }

    private static String words(double seconds) {
        String form = seconds < 10 ? "%.1f s" : "%.0f s";
        return String.format(Locale.ROOT, seconds < 120 ? form : "%.0f min", seconds < 120 ? seconds : seconds / 60);
    }
}
