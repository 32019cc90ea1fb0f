package dev.vesper.tensor;

/**
 * How many threads of a crew take part. Where another process has a core, the operating system puts one of the crew aside
 * in the middle of its band for milliseconds, and the caller waits for it, at every operation anew: two threads then do
 * less than one. So while the caller spends more of its time waiting than a thread is worth, one thread fewer takes part;
 * after a pause, which doubles as long as that does not help, one more is tried. Not safe for use by several threads.
 */
final class CrewSize {
    /** Time in runs over which waiting is weighed: several time slices of an operating system. */
    private static final long WINDOW_NANOS = 250_000_000;
    private static final long SHORTEST_PAUSE_NANOS = WINDOW_NANOS;
    private static final long LONGEST_PAUSE_NANOS = 8 * WINDOW_NANOS;
    /**
     * Of n threads one is worth 1/n of the time, if the work is shared evenly; a little less, because a thread on a core
     * of its own is worth more than its share of memory.
     */
    private static final double WORTH = 0.9;
    /** Waiting for the last band is usual up to here, whatever the number of threads. */
    private static final double USUAL = 0.25;

    private final int threads;
    private int active;
    private long pauseNanos = SHORTEST_PAUSE_NANOS;
    private long ranNanos;
    private long waitedNanos;
    private long pausedNanos;

    CrewSize(int threads) {
        this.threads = threads;
        this.active = threads;
    }

    /** Threads that take part in the next run, the caller included. */
    int active() {
        return active;
    }

    /**
     * Takes note of a run of this many threads.
     *
     * @param nanos from its beginning to its end
     * @param waited of these, how long the caller had nothing left to do
     */
    void ran(long nanos, long waited) {
        if (active < threads) {
            pausedNanos += nanos;
        }
        ranNanos += nanos;
        waitedNanos += waited;
        if (ranNanos < WINDOW_NANOS) {
            return;
        }
        boolean stalled = waitedNanos > ranNanos * Math.max(USUAL, WORTH / active);
        ranNanos = 0;
        waitedNanos = 0;
        if (stalled && active > 1) {
            pauseNanos = pausedNanos >= pauseNanos ? Math.min(LONGEST_PAUSE_NANOS, 2 * pauseNanos) : pauseNanos;
            active--;
            pausedNanos = 0;
        } else if (active == threads) {
            pauseNanos = SHORTEST_PAUSE_NANOS;
            pausedNanos = 0;
        } else if (pausedNanos >= pauseNanos) {
            active++;
        }
    }
}
