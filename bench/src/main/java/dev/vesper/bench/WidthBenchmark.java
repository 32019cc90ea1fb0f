package dev.vesper.bench;

import dev.vesper.tensor.Format;
import dev.vesper.tensor.Scratch;
import dev.vesper.tensor.Weight;
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
 * A 2048 x 2048 matrix against some tokens, on one thread, with vectors of each width: what a machine with narrower vectors
 * would do. Time in microseconds. A process computes with one width, so each has a method with a fork of its own. Not
 * final, as JMH makes a subclass.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
public class WidthBenchmark {
    private static final int SIZE = 2048;

    @Param({"F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K",
        "IQ4_NL",
        "IQ4_XS", "MXFP4", "TQ1_0", "TQ2_0"})
    public Format format = Format.F32;

    @Param({"1", "512"})
    public int tokens;

    private final Scratch scratch = new Scratch();
    private Kernels implementation = KernelChoice.of("scalar").kernels();
    private Weight weight = Samples.weight(Format.F32, 0, 0, 0);
    private float[] x = {};
    private float[] y = {};

    @Setup
    public void prepare() {
        implementation = KernelChoice.of("vector").kernels();
        weight = Samples.weight(format, SIZE, SIZE, 1);
        x = Samples.floats(tokens * SIZE, 2);
        y = new float[tokens * SIZE];
    }

    @Benchmark
    @Fork(value = 1, jvmArgsAppend = {"--add-modules", "jdk.incubator.vector", "-Dvesper.vector.bits=128"})
    public float[] bits128() {
        return multiply();
    }

    @Benchmark
    @Fork(value = 1, jvmArgsAppend = {"--add-modules", "jdk.incubator.vector", "-Dvesper.vector.bits=256"})
    public float[] bits256() {
        return multiply();
    }

    @Benchmark
    @Fork(value = 1, jvmArgsAppend = {"--add-modules", "jdk.incubator.vector", "-Dvesper.vector.bits=512"})
    public float[] bits512() {
        return multiply();
    }

    private float[] multiply() {
        implementation.multiply(weight, 0, SIZE, x, tokens, y, scratch);
        return y;
    }
}
