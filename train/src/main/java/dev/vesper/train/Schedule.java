package dev.vesper.train;

/**
 * The learning rate of each step: it rises over the warm-up and then stays, falls in a line, or falls along half a
 * cosine, the latter two towards zero at the end.
 *
 * @param learningRate the highest
 * @param warmUpSteps steps of the rise, the last of which has the highest rate; 0 for none
 * @param totalSteps steps of the run
 */
public record Schedule(Kind kind, double learningRate, int warmUpSteps, int totalSteps) {
    /** How the rate goes on after the warm-up. */
    public enum Kind {
        CONSTANT,
        LINEAR,
        COSINE
    }

    public Schedule {
        if (!(learningRate > 0 && learningRate < 1000)) {
            throw new IllegalArgumentException("learning rate must be positive and below 1000, got " + learningRate);
        }
        if (warmUpSteps < 0 || totalSteps < 1 || warmUpSteps > totalSteps) {
            throw new IllegalArgumentException(
                    "a warm-up of %d steps in %d steps is impossible".formatted(warmUpSteps, totalSteps));
        }
    }

    /** The schedule of a run of known length; the warm-up is rounded up to whole steps. */
    static Schedule of(ScheduleOptions options, int totalSteps) {
        int warmUpSteps = (int) Math.ceil(options.warmUp() * totalSteps);
        return new Schedule(options.kind(), options.learningRate(), warmUpSteps, totalSteps);
    }

    /** The rate of a step, counted from 0. */
    public double rate(int step) {
        if (step < warmUpSteps) {
            return learningRate * (step + 1) / warmUpSteps;
        }
        double done = (double) (step - warmUpSteps) / Math.max(1, totalSteps - warmUpSteps);
        return switch (kind) {
            case CONSTANT -> learningRate;
            case LINEAR -> learningRate * (1 - done);
            case COSINE -> learningRate * 0.5 * (1 + StrictMath.cos(Math.PI * done));
        };
    }
}
