package dev.vesper.tensor.kernel;

/**
 * What this machine can do at most with some threads, measured by {@link MachineProbe}: the two numbers that speeds are
 * to be judged by.
 *
 * @param threads that worked at a time
 * @param gigaflops fused multiply-adds on float32 vectors in registers, each counted as two operations, 10⁹ a second
 * @param gigabytes read from main memory, 10⁹ bytes a second
 */
public record MachineLimits(int threads, double gigaflops, double gigabytes) {
    private static final long NANOS = 1_000_000_000L;

    /** Takes about a second for each number. */
    public static MachineLimits measure(int threads) {
        try (MachineProbe probe = new MachineProbe(threads)) {
            return probe.measure(NANOS);
        }
    }

    /** The means of two measurements, such as before and after what is to be judged. */
    public MachineLimits mean(MachineLimits other) {
        return new MachineLimits(threads, (gigaflops + other.gigaflops) / 2, (gigabytes + other.gigabytes) / 2);
    }
}
