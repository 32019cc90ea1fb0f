package dev.vesper.train;

import java.util.function.IntFunction;

/**
 * Finds out what passes take by making some of which nothing is learnt. The virtual machine compiles what is often run
 * while it runs, so that the first passes are slow, by a factor of ten and more with vectors: more are made until none is
 * faster than those before, as long as they take a small share of the run.
 */
final class Rehearsal {
    /** The share by which a pass may be faster than the fastest before it once the machine has warmed up. */
    private static final double SETTLED = 0.05;

    private static final int SLOWER_PASSES = 3;
    private static final double WARM_SECONDS = 2;
    private static final double MOST_SECONDS = 8;
    private static final double MOST_SHARE = 0.05;

    private Rehearsal() {}

    /** What one pass took, in seconds. */
    record Timing(int positions, double forward, double backward) {
        double rate() {
            return (forward + backward) / positions;
        }
    }

    /**
     * Makes passes, at least two.
     *
     * @param pass makes one over the rows of so many steps ahead
     * @param positions that the run will learn from
     */
    static Pace run(IntFunction<Timing> pass, long positions) {
        Timing best = pass.apply(0);
        double spent = best.forward() + best.backward();
        int slower = 0;
        for (int passes = 2;; passes++) {
            Timing timing = pass.apply(passes - 1);
            spent += timing.forward() + timing.backward();
            slower = timing.rate() > (1 - SETTLED) * best.rate() ? slower + 1 : 0;
            best = timing.rate() < best.rate() ? timing : best;
            double enough = Math.min(MOST_SECONDS, MOST_SHARE * best.rate() * positions);
            if (spent >= enough || slower >= SLOWER_PASSES && spent > WARM_SECONDS) {
                double forward = best.forward() / best.positions();
                return new Pace(passes, timing.positions(), forward, best.rate() - forward, spent);
            }
        }
    }
}
