package dev.vesper.tensor;

/**
 * A fixed crew of threads that share out ranges of work; the calling thread is one of them. Results must not depend on
 * how a range is split.
 */
public final class Workers implements AutoCloseable {
    private final int threads;

    public Workers(int threads) {
        this.threads = threads;
    }

    /** What each band runs. {@code worker} is below {@link #threads()} and unique among those that run at a time. */
    @FunctionalInterface
    public interface Task {
        void run(int from, int to, int worker);
    }

    public int threads() {
        return threads;
    }

    /**
     * Runs {@code task} over contiguous bands that cover {@code [0, count)}, and returns when all are done. Bands begin
     * at multiples of {@code grain}. An exception of a task is thrown here, after all have stopped.
     */
    public void run(int count, int grain, Task task) {
        task.run(0, count, 0);
    }

    @Override
    public void close() {}
}
