package dev.vesper.train;

import dev.vesper.data.Data;
import dev.vesper.data.Row;
import dev.vesper.data.SplitMix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Tries learning rates on a small part of the data, each from the same beginning, and picks the one after which the loss
 * on held-out rows is lowest. The same data and seed give the same table.
 *
 * @param rows that were learnt from
 * @param steps that each rate had
 * @param start the held-out loss before the first
 */
public record Sweep(int rows, int steps, double start, List<Trial> trials) {
    private static final double SHARE = 0.05;
    private static final int FEWEST_ROWS = 16;
    private static final int MOST_HELD_OUT = 32;
    private static final int FEWEST_STEPS = 12;
    private static final double[] FACTORS = {0.1, 0.3, 1, 3, 10, 30, 100};

    /** Higher ones are tried only while each is better than those before. */
    private static final double HIGHEST_AT_FIRST = 10;

    /**
     * A rate and what it led to.
     *
     * @param loss on the held-out rows; infinite if the loss did not stay finite
     */
    public record Trial(double learningRate, double loss) {}

    public Sweep {
        trials = List.copyOf(trials);
    }

    /** @param tried hears of each trial as it ends */
    public static Sweep run(TuneRequest request, Consumer<Trial> tried) {
        try (Preparation preparation = Preparation.of(request)) {
            Data data = part(preparation.data(), request.options().seed());
            int rows = examples(data, request);
            int steps = steps(rows, request);
            TrainOptions options = request.options().steps(request.options().steps().steps(steps));
            double start = Double.NaN;
            List<Trial> trials = new ArrayList<>();
            for (double factor : FACTORS) {
                if (factor > HIGHEST_AT_FIRST && best(trials) < trials.size() - 1) {
                    break;
                }
                double rate = rounded(factor * options.schedule().learningRate());
                ScheduleOptions schedule = options.schedule();
                TrainOptions other = options.schedule(
                        new ScheduleOptions(schedule.kind(), rate, schedule.warmUp()));
                Trainer trainer = preparation.trial(data, other);
                start = trials.isEmpty() ? trainer.heldOutLoss() : start;
                trials.add(new Trial(rate, loss(trainer)));
                tried.accept(trials.getLast());
            }
            return new Sweep(rows, steps, start, trials);
        }
    }

    private static int examples(Data part, TuneRequest request) {
        return part.train().size() / request.options().objective().rowsTogether();
    }

    private static int steps(int examples, TuneRequest request) {
        return Math.max(FEWEST_STEPS, Math.ceilDiv(examples, request.options().steps().batch()));
    }

    /** Seconds that a sweep takes at this pace if all rates are tried. */
    static double seconds(TuneRequest request, Data all, Pace pace) {
        Data part = part(all, request.options().seed());
        int examples = examples(part, request);
        double row = (double) part.trainTokens() / examples;
        double learnt = row * steps(examples, request) * Math.min(examples, request.options().steps().batch());
        double measured = part.heldOut().stream().mapToLong(Row::inputs).sum();
        double before = Learner.positionsBefore(request.options().objective(), part);
        double trial = learnt * (pace.forward() + pace.backward()) + (measured + before) * pace.forward();
        return FACTORS.length * trial + measured * pace.forward();
    }

    private static double loss(Trainer trainer) {
        try {
            return trainer.tryOut();
        } catch (TrainException e) {
            // What is not finite is not a failure here but a result: the rate is too high.
            return Double.POSITIVE_INFINITY;
        }
    }

    /** Two digits are enough for a rate, and can be typed again. */
    private static double rounded(double rate) {
        return Double.parseDouble(String.format(Locale.ROOT, "%.1e", rate));
    }

    /** The answers of a pair stay together. */
    private static Data part(Data data, long seed) {
        int together = data.format().rowsPerExample();
        int all = data.train().size() / together;
        int count = (int) Math.max(Math.min(FEWEST_ROWS, all), Math.round(SHARE * all));
        List<Row> train = Arrays.stream(SplitMix.of(seed, "sweep").permutation(all))
                .limit(count)
                .mapToObj(example -> data.train().subList(example * together, (example + 1) * together))
                .flatMap(List::stream)
                .toList();
        List<Row> heldOut = data.heldOut().stream().limit((long) MOST_HELD_OUT * together).toList();
        return new Data(data.file(), data.format(), data.sha256(), train, heldOut, 0, 0, List.of());
    }

    /** The rate with the lowest loss, the lower of equals. */
    public Trial best() {
        return trials.get(best(trials));
    }

    private static int best(List<Trial> trials) {
        int best = 0;
        for (int i = 1; i < trials.size(); i++) {
            best = trials.get(i).loss() < trials.get(best).loss() ? i : best;
        }
        return best;
    }

    /** The request with the best rate. */
    public TuneRequest choose(TuneRequest request) {
        Trial best = best();
        if (Double.isInfinite(best.loss())) {
            throw new TrainException("no learning rate of the sweep kept the loss finite: %s".formatted(trials));
        }
        ScheduleOptions schedule = request.options().schedule();
        String choice = String.format(Locale.ROOT,
                "learning rate %.1e: of %d rates tried in %d steps on %d rows it gave the lowest held-out loss (%.4f, from %.4f)",
                best.learningRate(), trials.size(), steps, rows, best.loss(), start);
        return with(request, best.learningRate(), schedule)
                .conduct(request.conduct().limit(
                        request.conduct().limit(),
                        Stream.concat(request.conduct().choices().stream(), Stream.of(choice)).toList()));
    }

    /** The rate that the run in the folder was made with, for one that goes on. */
    public static TuneRequest resumed(TuneRequest request) {
        PastRun run = PastRun.read(request.out());
        return with(request, run.setting("learning_rate").asDouble(), request.options().schedule())
                .conduct(request.conduct().limit(request.conduct().limit(), run.choices()));
    }

    private static TuneRequest with(TuneRequest request, double rate, ScheduleOptions schedule) {
        return request.options(
                request.options().schedule(new ScheduleOptions(schedule.kind(), rate, schedule.warmUp())));
    }
}
