package dev.vesper.tensor.kernel;

import dev.vesper.tensor.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.function.DoubleSupplier;
import jdk.incubator.vector.FloatVector;

/**
 * Measures what this machine can do at most with some threads, whenever it is asked. A virtual machine shares its memory
 * with others, and what is left of it changes by half from one second to the next: a share of it means something only
 * where both are measured at the same time. Needs the module jdk.incubator.vector.
 */
public final class MachineProbe implements AutoCloseable {
    private static final int MULTIPLY_ADDS = 20_000;
    private static final int CHAINS = 12;
    private static final long BYTES = 512L << 20;
    private static final int STRIPE = 1 << 16;
    private static final int STREAMS = 4;

    private final Workers workers;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment memory;
    private final double[] sink;

    /** Takes half a gigabyte of memory. */
    public MachineProbe(int threads) {
        this.workers = new Workers(threads);
        this.memory = arena.allocate(BYTES, 64);
        memory.fill((byte) 1);
        this.sink = new double[threads * 8];
    }

    /** What it can do now: the medians of short runs during {@code nanos} for each of the two. */
    public MachineLimits measure(long nanos) {
        int threads = workers.threads();
        double flops = median(nanos, () -> {
            workers.run(threads, 1, (from, to, worker) -> {
                for (int i = 100 * from; i < 100 * to; i++) {
                    sink[worker * 8] += multiplyAdds(MULTIPLY_ADDS);
                }
            });
            return 200.0 * threads * MULTIPLY_ADDS * CHAINS * Lanes.COUNT;
        });
        double bytes = median(nanos, () -> {
            workers.run((int) (BYTES / STRIPE), 1, (from, to, worker) -> {
                sink[worker * 8] += read(memory, (long) from * STRIPE, (long) (to - from) * STRIPE / STREAMS);
            });
            return BYTES;
        });
        require(sink);
        return new MachineLimits(threads, flops / 1e9, bytes / 1e9);
    }

    /** The median amount of work a second of the runs that fit into the time. */
    private static double median(long nanos, DoubleSupplier work) {
        double[] rates = new double[16];
        int runs = 0;
        long begin = System.nanoTime();
        while (runs == 0 || System.nanoTime() - begin < nanos) {
            long start = System.nanoTime();
            double amount = work.getAsDouble();
            if (runs == rates.length) {
                rates = Arrays.copyOf(rates, 2 * runs);
            }
            rates[runs++] = amount / (System.nanoTime() - start) * 1e9;
        }
        Arrays.sort(rates, 0, runs);
        return rates[runs / 2];
    }

    @Override
    public void close() {
        workers.close();
        arena.close();
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

    /** Reads as what is fastest does: some long streams at a time, with nothing to do between. */
    private static float read(MemorySegment memory, long at, long bytes) {
        FloatVector a = FloatVector.zero(Lanes.FLOAT);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        int vector = 4 * Lanes.COUNT;
        int steps = (int) (bytes / vector);
        for (int i = 0; i < steps; i++) {
            long place = at + (long) i * vector;
            a = a.add(load(memory, place));
            b = b.add(load(memory, place + bytes));
            c = c.add(load(memory, place + 2 * bytes));
            d = d.add(load(memory, place + 3 * bytes));
        }
        return Lanes.sum(a.add(b).add(c).add(d));
    }

    private static FloatVector load(MemorySegment memory, long at) {
        return FloatVector.fromMemorySegment(Lanes.FLOAT, memory, at, ByteOrder.LITTLE_ENDIAN);
    }
}
