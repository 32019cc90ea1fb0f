package dev.vesper.train;

/**
 * How the learning rate goes.
 *
 * @param learningRate the highest
 * @param warmUp share of the run over which it rises
 * @see Schedule
 */
public record ScheduleOptions(Schedule.Kind kind, double learningRate, double warmUp) {
    public ScheduleOptions {
        if (!(learningRate > 0 && learningRate < 1000)) {
            throw new IllegalArgumentException("learning rate must be positive and below 1000, got " + learningRate);
        }
        if (!(warmUp >= 0 && warmUp <= 1)) {
            throw new IllegalArgumentException("warm-up must be a share from 0 to 1, got " + warmUp);
        }
    }
}
