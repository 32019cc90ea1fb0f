package dev.vesper.bench;

import dev.vesper.tensor.kernel.KernelChoice;
import dev.vesper.tensor.kernel.Kernels;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What is done with each row between the matrices, on one thread. Time in microseconds. Not final, as JMH makes a
 * subclass.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(value = 1, jvmArgsAppend = {"--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
public class RowBenchmark {
    static final float EPSILON = 1e-5f;

    @Param({"scalar", "vector", "auto"})
    public String kernels = "";

    @Param({"2048", "8192"})
    public int columns;

    @Param({"1", "4", "32", "512"})
    public int tokens;

    private Kernels implementation = KernelChoice.of("scalar").kernels();
    private float[] a = {};
    private float[] b = {};
    private float[] gain = {};
    private float[] out = {};
    private float[] inverse = {};

    @Setup
    public void prepare() {
        implementation = KernelChoice.of(kernels).kernels();
        a = Samples.floats(tokens * columns, 1);
        b = Samples.floats(tokens * columns, 2);
        gain = Samples.floats(columns, 3);
        out = new float[tokens * columns];
        inverse = new float[tokens];
    }

    @Benchmark
    public float[] rmsNorm() {
        implementation.rmsNorm(0, tokens, a, columns, gain, EPSILON, out, inverse);
        return out;
    }

    @Benchmark
    public float[] siluTimes() {
        implementation.siluTimes(0, out.length, a, b, out);
        return out;
    }

    float[] gain() {
        return gain;
    }
}
