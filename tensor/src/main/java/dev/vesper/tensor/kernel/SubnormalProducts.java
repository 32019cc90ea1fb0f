package dev.vesper.tensor.kernel;

/**
 * Whether this processor multiplies subnormal numbers as fast as others. Some take a detour through microcode, of a
 * hundred cycles and more (Fog, The microarchitecture of Intel, AMD and VIA CPUs). Only speed hangs on the answer.
 */
final class SubnormalProducts {
    private static final int PRODUCTS = 2_000;
    private static final int TRIES = 9;
    /** Between the two, interpreted: a detour costs more than the interpreter does for a product. */
    private static final double MARGIN = 1.5;

    private SubnormalProducts() {}

    /** Measured in some hundred microseconds, by the fastest of a few tries each. */
    static boolean cheap() {
        long normal = Long.MAX_VALUE;
        long subnormal = Long.MAX_VALUE;
        for (int i = 0; i < TRIES; i++) {
            normal = Math.min(normal, nanos(0x1p-100f));
            subnormal = Math.min(subnormal, nanos(0x1p-130f));
        }
        return subnormal < MARGIN * normal;
    }

    private static long nanos(float factor) {
        long begin = System.nanoTime();
        float sum = 0;
        for (int i = 0; i < PRODUCTS; i++) {
            sum += factor * 0x1p112f;
        }
        long nanos = System.nanoTime() - begin;
        if (Float.isNaN(sum)) {
            throw new IllegalStateException("a probe computed NaN");
        }
        return nanos;
    }
}
