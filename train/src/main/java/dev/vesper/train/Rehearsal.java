package dev.vesper.train;

import java.util.function.DoubleUnaryOperator;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/**
 * Finds out what passes take by making some of which nothing is learnt. The virtual machine compiles what is often run
 * while it runs, so that the first passes are slow, by a factor of ten and more with vectors. Therefore small passes are
 * made until none is faster than those before, and then whole ones likewise, as long as all of them take a small share of
 * the run.
 */
final class Rehearsal {
    /** The share by which a pass may be faster than the fastest before it once the machine has warmed up. */
    private static final double SETTLED = 0.05;

    private static final int SLOWER_SMALL = 5;
    private static final int SLOWER_WHOLE = 8;
    private static final double MOST_SECONDS = 8;
    private static final double WARMING_SHARE = 0.5;
    private static final double MOST_SHARE = 0.05;

    private final DoubleUnaryOperator most;
    private double spent;
    private int passes;

    /** @param most seconds that may be spent where a position takes so many */
    private Rehearsal(DoubleUnaryOperator most) {
        this.most = most;
    }

    /** What one pass took, in seconds. */
    record Timing(int positions, double forward, double backward) {
        double seconds() {
            return forward + backward;
        }

        double rate() {
            return seconds() / positions;
        }
    }

    /** Times the two halves of a pass. */
    static Timing timed(int positions, Runnable forward, Runnable backward) {
        long begin = System.nanoTime();
        forward.run();
        long middle = System.nanoTime();
        backward.run();
        return new Timing(positions, 1e-9 * (middle - begin), 1e-9 * (System.nanoTime() - middle));
    }

    /**
     * Makes small passes, and at least two whole ones.
     *
     * @param small makes one over a few positions
     * @param whole makes one over the rows of so many steps ahead
     * @param positions that the run will learn from
     */
    static Pace run(Supplier<Timing> small, IntFunction<Timing> whole, long positions) {
        return run(small, whole, rate -> Math.min(MOST_SECONDS, MOST_SHARE * rate * positions), 1);
    }

    /** The same, with so much time for it at most. */
    static Pace within(double seconds, Supplier<Timing> small, IntFunction<Timing> whole) {
        return run(small, whole, rate -> Math.min(MOST_SECONDS, seconds), SLOWER_WHOLE);
    }

    private static Pace run(
            Supplier<Timing> small, IntFunction<Timing> whole, DoubleUnaryOperator most, int slower) {
        Rehearsal rehearsal = new Rehearsal(most);
        rehearsal.fastest(ahead -> small.get(), 1, SLOWER_SMALL, WARMING_SHARE);
        Timing best = rehearsal.fastest(whole, 2, slower, 1);
        double forward = best.forward() / best.positions();
        return new Pace(rehearsal.passes, best.positions(), forward, best.rate() - forward, rehearsal.spent);
    }

    /** @param share of the time for rehearsing that may be spent when this ends */
    private Timing fastest(IntFunction<Timing> pass, int least, int slowerPasses, double share) {
        Timing best = made(pass.apply(0));
        int slower = 0;
        for (int made = 1;; made++) {
            double enough = share * most.applyAsDouble(best.rate());
            if (made >= least && (slower >= slowerPasses || spent >= enough)) {
                return best;
            }
            Timing timing = made(pass.apply(made));
            slower = timing.rate() > (1 - SETTLED) * best.rate() ? slower + 1 : 0;
            best = timing.rate() < best.rate() ? timing : best;
        }
    }

    private Timing made(Timing timing) {
        passes++;
        spent += timing.seconds();
        return timing;
    }
}
