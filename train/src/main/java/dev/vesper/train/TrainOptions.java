package dev.vesper.train;

import dev.vesper.data.RowOptions;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Everything that decides what a run on given data learns.
 *
 * @param clip gradients of a larger norm are scaled down to it; 0 for never
 * @param objective what is made small
 * @param seed of the start of an adapter, of the order of rows, and of which are held out
 */
public record TrainOptions(
        Method method,
        RowOptions rows,
        StepOptions steps,
        ScheduleOptions schedule,
        AdamWOptions optimizer,
        double clip,
        long seed,
        Objective objective) {
    private static final long LARGE_MODEL = 2_000_000_000L;

    public TrainOptions {
        if (!(clip >= 0 && clip < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("clip must be 0 (never) or a positive norm, got " + clip);
        }
    }

    /** Answers are to be learnt as they are. */
    public TrainOptions(
            Method method,
            RowOptions rows,
            StepOptions steps,
            ScheduleOptions schedule,
            AdamWOptions optimizer,
            double clip,
            long seed) {
        this(method, rows, steps, schedule, optimizer, clip, seed, new Objective.Supervised());
    }

    public TrainOptions method(Method other) {
        return new TrainOptions(other, rows, steps, schedule, optimizer, clip, seed, objective);
    }

    public TrainOptions rows(RowOptions other) {
        return new TrainOptions(method, other, steps, schedule, optimizer, clip, seed, objective);
    }

    public TrainOptions steps(StepOptions other) {
        return new TrainOptions(method, rows, other, schedule, optimizer, clip, seed, objective);
    }

    public TrainOptions objective(Objective other) {
        return new TrainOptions(method, rows, steps, schedule, optimizer, clip, seed, other);
    }

    public TrainOptions schedule(ScheduleOptions other) {
        return new TrainOptions(method, rows, steps, other, optimizer, clip, seed, objective);
    }

    /** A rate that works: for adapters 2e-4, or 1e-4 above 2 billion parameters; for all weights a tenth of that. */
    public static double defaultLearningRate(Method method, long parameters) {
        double adapter = parameters <= LARGE_MODEL ? 2e-4 : 1e-4;
        return switch (method) {
            case Method.Lora lora -> adapter;
            case Method.Full full -> adapter / 10;
        };
    }

    /** All settings by name, in order: what a resumed run must have in common with what it resumes. */
    public Map<String, Object> settings() {
        Map<String, Object> settings = new LinkedHashMap<>();
        switch (method) {
            case Method.Lora lora -> {
                settings.put("method", "lora");
                settings.put("rank", lora.rank());
                settings.put("alpha", lora.alpha());
                settings.put("targets", lora.targets());
            }
            case Method.Full full -> settings.put("method", "full");
        }
        settings.put("objective", objective.name());
        settings.putAll(objective.settings());
        settings.put("max_sequence", rows.maxSequence());
        settings.put("truncate", rows.truncate());
        settings.put("skip_bad_rows", rows.skipBad());
        settings.put("held_out", rows.heldOut());
        settings.put("epochs", steps.epochs());
        settings.put("steps", steps.steps());
        settings.put("batch", steps.batch());
        settings.put("micro_batch_tokens", steps.microBatchTokens());
        settings.put("evaluate_every", steps.evaluateEvery());
        if (steps.patience() > 0) {
            settings.put("patience", steps.patience());
        }
        settings.put("schedule", schedule.kind().name().toLowerCase(Locale.ROOT));
        settings.put("learning_rate", schedule.learningRate());
        settings.put("warm_up", schedule.warmUp());
        settings.put("beta1", optimizer.beta1());
        settings.put("beta2", optimizer.beta2());
        settings.put("epsilon", optimizer.epsilon());
        settings.put("weight_decay", optimizer.weightDecay());
        settings.put("clip", clip);
        settings.put("seed", seed);
        return settings;
    }
}
