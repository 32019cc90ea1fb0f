package dev.vesper.train;

import java.time.Duration;

/**
 * What passes took that were made before the first step to see what they take; nothing was learnt from them.
 *
 * @param passes forward and backward
 * @param positions of the last one
 * @param forward seconds of a position, in the fastest pass: those before it warm the machine up
 * @param backward seconds of a position
 * @param spent seconds of all together
 */
public record Pace(int passes, int positions, double forward, double backward, double spent) {

    /** Positions that are learnt from in a second. */
    public double positionsPerSecond() {
        return 1 / (forward + backward);
    }

    /** So many positions learnt from, and so many only measured. */
    public Duration time(long learnt, long measured) {
        return Duration.ofMillis(Math.round(1000 * (learnt * (forward + backward) + measured * forward)));
    }
}
