package dev.vesper.tensor.kernel;

import dev.vesper.tensor.Format;
import dev.vesper.tensor.Scratch;
import dev.vesper.tensor.Weight;
import dev.vesper.tensor.Workers;
import dev.vesper.tensor.quant.Codecs;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** A quick harness for tuning, run by hand: speeds of the matrix kernels against what the machine can do. */
final class KernelSpeed {
    private static final long NANOS = Long.getLong("speed.ms", 1500) * 1_000_000;

    private static final boolean CPU_TIME = Boolean.getBoolean("speed.cpu");

    private KernelSpeed() {}

    /** Arguments: threads, tokens, formats separated by commas, and which of multiply, input, decode to run. */
    public static void main(String[] arguments) {
        int threads = Integer.parseInt(arguments[0]);
        int tokens = Integer.parseInt(arguments[1]);
        Kernels kernels = KernelChoice.of(System.getProperty("speed.kernels", "auto")).kernels();
        MachineLimits limits = MachineLimits.measure(threads);
        System.out.printf("%s, %s%n", kernels.description(), limits);
        int[][] shapes = shapes(System.getProperty("speed.shapes", "2048x2048,8192x2048,2048x8192"));
        try (Arena arena = Arena.ofShared();
                Workers workers = new Workers(threads)) {
            for (String name : arguments[2].split(",")) {
                for (int[] shape : shapes) {
                    boolean fromMemory = arguments[3].contains("decode") && !Boolean.getBoolean("speed.cached");
                    int copies = fromMemory ? Math.max(1, (int) (400e6 / bytes(name, shape))) : 1;
                    List<Weight> weights = weights(Format.valueOf(name), shape[0], shape[1], copies, arena);
                    System.out.printf("%5s %4d x %4d ", name, shape[0], shape[1]);
                    run(arguments[3], kernels, workers, weights, tokens, limits);
                    System.out.println();
                }
            }
        }
    }

    private static int[][] shapes(String list) {
        return Arrays.stream(list.split(","))
                .map(shape -> Arrays.stream(shape.split("x")).mapToInt(Integer::parseInt).toArray())
                .toArray(int[][]::new);
    }

    private static double bytes(String name, int[] shape) {
        return Format.valueOf(name).bytes((long) shape[0] * shape[1]);
    }

    private static void run(
            String what, Kernels kernels, Workers workers, List<Weight> weights, int tokens, MachineLimits limits) {
        Weight weight = weights.getFirst();
        Scratch[] scratch = new Scratch[workers.threads()];
        Arrays.setAll(scratch, i -> new Scratch());
        float[] x = random(tokens * weight.columns());
        float[] y = random(tokens * weight.rows());
        double flop = 2.0 * tokens * weight.rows() * weight.columns();
        if (what.contains("multiply")) {
            double rate = flop * rate(i -> workers.run(weight.rows(), 16,
                    (from, to, w) -> kernels.multiply(weight, from, to, x, tokens, y, scratch[w]))) / 1e9;
            System.out.printf(" multiply %6.1f GFLOP/s %.2f", rate, rate / limits.gigaflops());
        }
        if (what.contains("input")) {
            double rate = flop
                    * rate(i -> workers.run(weight.columns(), 64,
                            (from, to, w) -> kernels.multiplyInputGradient(weight, from, to, y, tokens, x, scratch[w])))
                    / 1e9;
            System.out.printf(" input gradient %6.1f GFLOP/s %.2f", rate, rate / limits.gigaflops());
        }
        if (what.contains("decode")) {
            double perSecond = rate(i -> {
                Weight next = weights.get(i % weights.size());
                workers.run(next.rows(), 16,
                        (from, to, w) -> kernels.multiply(next, from, to, x, tokens, y, scratch[w]));
            });
            double rate = perSecond * weight.data().byteSize() / 1e9;
            System.out.printf(" decode %5.1f GB/s %.2f", rate, rate / limits.gigabytes());
        }
    }

    /** CPU time of the caller if it works alone, which other processes on the machine disturb less. */
    private static long now() {
        return CPU_TIME ? ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() : System.nanoTime();
    }

    private interface Work {
        void run(int i);
    }

    /** Runs a second: the median of slices is less disturbed by other processes than the mean. */
    private static double rate(Work work) {
        long warm = System.nanoTime();
        int i = 0;
        for (; System.nanoTime() - warm < NANOS / 2 || i < 3; i++) {
            work.run(i);
        }
        List<Long> times = new ArrayList<>();
        long begin = System.nanoTime();
        while (System.nanoTime() - begin < NANOS || times.size() < 3) {
            long start = now();
            work.run(i++);
            times.add(now() - start);
        }
        times.sort(null);
        return 1e9 / times.get(times.size() / 2);
    }

    private static List<Weight> weights(Format format, int rows, int columns, int copies, Arena arena) {
        float[] row = random(columns);
        List<Weight> weights = new ArrayList<>();
        for (int copy = 0; copy < copies; copy++) {
            MemorySegment data = arena.allocate(format.bytes((long) rows * columns), 64);
            Codecs.of(format).encode(row, 0, columns, data, 0);
            long bytes = format.bytes(columns);
            for (int r = 1; r < rows; r++) {
                MemorySegment.copy(data, 0, data, r * bytes, bytes);
            }
            weights.add(new Weight("w", format, data, rows, columns));
        }
        return weights;
    }

    private static float[] random(int size) {
        Random random = new Random(size);
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian() * 0.02f;
        }
        return values;
    }
}
