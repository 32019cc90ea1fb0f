package dev.vesper.train;

import java.time.Duration;

/** Where the time of a run goes. */
final class Stopwatch {
    private long begin;
    private long learning;
    private long measuring;
    private int measurements;
    private long lastSaved;
    private long lastSaving;

    void start() {
        begin = System.nanoTime();
        lastSaved = begin;
    }

    void addLearning(long nanoseconds) {
        learning += nanoseconds;
    }

    void addMeasuring(long nanoseconds) {
        measuring += nanoseconds;
        measurements++;
    }

    void saved(long nanoseconds) {
        lastSaved = System.nanoTime();
        lastSaving = nanoseconds;
    }

    /** Since the start. */
    Duration total() {
        return Duration.ofNanos(System.nanoTime() - begin);
    }

    /** In steps. */
    Duration learning() {
        return Duration.ofNanos(learning);
    }

    /**
     * What so many steps and measurements will take, if they go as those before.
     *
     * @param made steps made, at least one
     */
    Duration estimate(int made, int steps, int moreMeasurements) {
        double seconds = 1e-9 * learning / made * steps
                + 1e-9 * measuring / Math.max(1, measurements) * moreMeasurements;
        return Duration.ofMillis((long) (1000 * seconds));
    }

    Duration sinceSaved() {
        return Duration.ofNanos(System.nanoTime() - lastSaved);
    }

    /** What writing the last checkpoint took. */
    Duration saving() {
        return Duration.ofNanos(lastSaving);
    }
}
