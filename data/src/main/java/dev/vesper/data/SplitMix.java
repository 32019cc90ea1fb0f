package dev.vesper.data;

import java.nio.charset.StandardCharsets;

/**
 * Pseudo-random numbers that are the same in every version of Java: SplitMix64 (Steele, Lea and Flood 2014). All
 * randomness of training is a function of the seed and of what it is for, so that nothing needs to be kept to resume.
 */
public final class SplitMix {
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private long state;

    private SplitMix(long state) {
        this.state = state;
    }

    /** The stream of {@code seed} for one purpose, such as the order of the third epoch. */
    public static SplitMix of(long seed, String purpose) {
        long state = mix(seed + GOLDEN);
        for (byte letter : purpose.getBytes(StandardCharsets.UTF_8)) {
            state = mix(state + GOLDEN + letter);
        }
        return new SplitMix(state);
    }

    private long next() {
        state += GOLDEN;
        return mix(state);
    }

    /** Uniform in [-1, 1), in steps of 2^-23. */
    public float symmetric() {
        return (next() >> 40) * 0x1p-23f;
    }

    /** Uniform in [0, bound). The bias of the multiplication is below bound / 2^64. */
    public int below(int bound) {
        return (int) Math.unsignedMultiplyHigh(next(), bound);
    }

    /** The numbers 0 to {@code count - 1} in random order (Fisher and Yates). */
    public int[] permutation(int count) {
        int[] order = new int[count];
        for (int i = 0; i < count; i++) {
            int place = below(i + 1);
            order[i] = order[place];
            order[place] = i;
        }
        return order;
    }

    private static long mix(long z) {
        long first = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        long second = (first ^ (first >>> 27)) * 0x94D049BB133111EBL;
        return second ^ (second >>> 31);
    }
}
