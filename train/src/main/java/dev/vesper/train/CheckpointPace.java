package dev.vesper.train;

import java.time.Duration;

/**
 * How often a run writes down where it is, besides each time that it finds a better result. Does not change what is
 * learnt.
 *
 * @param steps 0, or how many steps after the last checkpoint
 * @param time how long after the last checkpoint; the pause is never shorter than twenty times what writing took
 */
public record CheckpointPace(int steps, Duration time) {
    private static final int WRITING_SHARE = 20;

    public CheckpointPace {
        if (steps < 0 || time.isNegative()) {
            throw new IllegalArgumentException(
                    "checkpoint after %d steps or %s: neither may be negative".formatted(steps, time));
        }
    }

    /** Every minute. */
    public static CheckpointPace defaults() {
        return new CheckpointPace(0, Duration.ofMinutes(1));
    }

    boolean due(int stepsSince, Duration since, Duration writing) {
        Duration pause =
                time.compareTo(writing.multipliedBy(WRITING_SHARE)) < 0 ? writing.multipliedBy(WRITING_SHARE) : time;
        return stepsSince > 0 && (steps > 0 && stepsSince >= steps || since.compareTo(pause) >= 0);
    }
}
