package dev.vesper.tensor.kernel;

import dev.vesper.tensor.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.function.IntToDoubleFunction;
import jdk.incubator.vector.FloatVector;

/**
 * What this machine can do at most with some threads, measured: the two numbers that speeds are to be judged by. Needs
 * the module jdk.incubator.vector.
 *
 * @param threads that worked at a time
 * @param gigaflops fused multiply-adds on float32 vectors in registers, each counted as two operations, 10⁹ a second
 * @param gigabytes read from main memory, 10⁹ bytes a second
 */
public record MachineLimits(int threads, double gigaflops, double gigabytes) {
    private static final int MULTIPLY_ADDS = 20_000;
    private static final int CHAINS = 12;
    private static final long BYTES = 512L << 20;
    private static final int STRIPE = 1 << 16;
    private static final long NANOS_OF_A_PROBE = 1_000_000_000L;

    /** Takes about a second for each number; the best of many short runs counts, so that other processes matter less. */
    public static MachineLimits measure(int threads) {
        try (Workers workers = new Workers(threads);
                Arena arena = Arena.ofShared()) {
            MemorySegment memory = arena.allocate(BYTES, 64);
            memory.fill((byte) 1);
            double[] sink = new double[threads * 8];
            double flops = fastest(run -> {
                workers.run(threads, 1, (from, to, worker) -> {
                    for (int i = 100 * from; i < 100 * to; i++) {
                        sink[worker * 8] += multiplyAdds(MULTIPLY_ADDS);
                    }
                });
                return 200.0 * threads * MULTIPLY_ADDS * CHAINS * Lanes.COUNT;
            });
            double bytes = fastest(run -> {
                workers.run((int) (BYTES / STRIPE), 1, (from, to, worker) -> {
                    for (int stripe = from; stripe < to; stripe++) {
                        sink[worker * 8] += read(memory, (long) stripe * STRIPE);
                    }
                });
                return BYTES;
            });
            require(sink);
            return new MachineLimits(threads, flops / 1e9, bytes / 1e9);
        }
    }

    /** The highest amount of work a second among the runs that fit into the time of a probe. */
    private static double fastest(IntToDoubleFunction work) {
        double best = 0;
        long begin = System.nanoTime();
        for (int run = 0; System.nanoTime() - begin < NANOS_OF_A_PROBE; run++) {
            long start = System.nanoTime();
            double amount = work.applyAsDouble(run);
            best = Math.max(best, amount / (System.nanoTime() - start) * 1e9);
        }
        return best;
    }

    /** Uses what the probes computed: C2 leaves out what nobody uses. */
    private static void require(double[] sink) {
        for (double value : sink) {
            if (Double.isNaN(value)) {
                throw new IllegalStateException("a probe of the machine computed NaN");
            }
        }
    }

    /** Enough chains to hide the latency of the units, few enough for the registers of AVX2. */
    private static float multiplyAdds(int count) {
        FloatVector factor = FloatVector.broadcast(Lanes.FLOAT, 0.999f);
        FloatVector a = FloatVector.broadcast(Lanes.FLOAT, 0.5f);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        FloatVector e = a;
        FloatVector f = a;
        FloatVector g = a;
        FloatVector h = a;
        FloatVector i = a;
        FloatVector j = a;
        FloatVector k = a;
        FloatVector l = a;
        for (int n = 0; n < count; n++) {
            a = a.fma(factor, factor);
            b = b.fma(factor, factor);
            c = c.fma(factor, factor);
            d = d.fma(factor, factor);
            e = e.fma(factor, factor);
            f = f.fma(factor, factor);
            g = g.fma(factor, factor);
            h = h.fma(factor, factor);
            i = i.fma(factor, factor);
            j = j.fma(factor, factor);
            k = k.fma(factor, factor);
            l = l.fma(factor, factor);
        }
        FloatVector sum = a.add(b).add(c).add(d).add(e).add(f).add(g).add(h).add(i).add(j).add(k).add(l);
        return Lanes.sum(sum);
    }

    private static float read(MemorySegment memory, long at) {
        FloatVector a = FloatVector.zero(Lanes.FLOAT);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        int vector = 4 * Lanes.COUNT;
        for (int i = 0; i < STRIPE; i += 4 * vector) {
            a = a.add(load(memory, at + i));
            b = b.add(load(memory, at + i + vector));
            c = c.add(load(memory, at + i + 2L * vector));
            d = d.add(load(memory, at + i + 3L * vector));
        }
        return Lanes.sum(a.add(b).add(c).add(d));
    }

    private static FloatVector load(MemorySegment memory, long at) {
        return FloatVector.fromMemorySegment(Lanes.FLOAT, memory, at, ByteOrder.LITTLE_ENDIAN);
    }
}
