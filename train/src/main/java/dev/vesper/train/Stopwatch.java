package dev.vesper.train;

import java.time.Duration;

/** Where the time of a run goes. */
final class Stopwatch {
    private long begin;
    private long learning;
    private long lastSaved;
    private long lastSaving;

    void start() {
        begin = System.nanoTime();
        lastSaved = begin;
    }

    void addLearning(long nanoseconds) {
        learning += nanoseconds;
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

    Duration sinceSaved() {
        return Duration.ofNanos(System.nanoTime() - lastSaved);
    }

    /** What writing the last checkpoint took. */
    Duration saving() {
        return Duration.ofNanos(lastSaving);
    }
}
