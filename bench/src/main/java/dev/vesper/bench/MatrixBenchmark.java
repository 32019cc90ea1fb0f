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
 * A whole matrix against some tokens, on one thread: with one token it is bound by memory, with many by arithmetic. Time
 * in microseconds; {@code 2 * rows * columns * tokens} operations. Not final, as JMH makes a subclass.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(value = 1, jvmArgsAppend = {"--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
public class MatrixBenchmark {
    @Param({"scalar", "vector", "auto"})
    public String kernels = "";

    @Param({"F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K",
        "IQ4_NL",
        "IQ4_XS", "MXFP4", "TQ1_0", "TQ2_0"})
    public Format format = Format.F32;

    /** Rows and columns: a square of attention, up and down of the feed-forward layer of a model of a billion parameters. */
    @Param({"2048x2048", "8192x2048", "2048x8192"})
    public String shape = "";

    @Param({"1", "4", "32", "512"})
    public int tokens;

    private final Scratch scratch = new Scratch();
    private Kernels implementation = KernelChoice.of("scalar").kernels();
    private Weight weight = Samples.weight(Format.F32, 0, 0, 0);
    private float[] x = {};
    private float[] y = {};
    private float[] dy = {};
    private float[] dx = {};

    @Setup
    public void prepare() {
        int cross = shape.indexOf('x');
        int rows = Integer.parseInt(shape.substring(0, cross));
        int columns = Integer.parseInt(shape.substring(cross + 1));
        implementation = KernelChoice.of(kernels).kernels();
        weight = Samples.weight(format, rows, columns, 1);
        x = Samples.floats(tokens * columns, 2);
        dy = Samples.floats(tokens * rows, 3);
        y = new float[tokens * rows];
        dx = new float[tokens * columns];
    }

    /** {@code y = x · weightᵀ}. */
    @Benchmark
    public float[] multiply() {
        implementation.multiply(weight, 0, weight.rows(), x, tokens, y, scratch);
        return y;
    }

    /** {@code dx += dy · weight}: calls add up, which changes no timing. */
    @Benchmark
    public float[] multiplyInputGradient() {
        implementation.multiplyInputGradient(weight, 0, weight.columns(), dy, tokens, dx, scratch);
        return dx;
    }
}
