package dev.vesper.train;

import java.time.Duration;
import java.util.List;

/**
 * How a run is conducted: nothing of this changes the bits of what a step learns.
 *
 * @param lowMemory whether blocks are computed again in the backward pass instead of being kept
 * @param limit the time after which the run ends as it would at its last step; zero for none
 * @param prompts questions that are answered at each measurement; empty for the first held-out ones
 * @param choices why settings are what they are, a line for each that was chosen and not given
 */
public record Conduct(boolean lowMemory, Duration limit, List<String> prompts, List<String> choices) {
    public Conduct {
        prompts = List.copyOf(prompts);
        choices = List.copyOf(choices);
        if (limit.isNegative()) {
            throw new IllegalArgumentException("the limit of a run must not be negative, got " + limit);
        }
    }

    /** Everything is kept, no limit. */
    public static Conduct defaults() {
        return new Conduct(false, Duration.ZERO, List.of(), List.of());
    }

    public Conduct lowMemory(boolean low) {
        return new Conduct(low, limit, prompts, choices);
    }

    public Conduct prompts(List<String> questions) {
        return new Conduct(lowMemory, limit, questions, choices);
    }

    public Conduct limit(Duration time, List<String> reasons) {
        return new Conduct(lowMemory, time, prompts, reasons);
    }
}
