package dev.vesper.bench;

import dev.vesper.tensor.AttentionShape;
import dev.vesper.tensor.KeyValues;
import dev.vesper.tensor.Scratch;
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
 * Causal attention of all heads of one layer, on one thread: some queries behind a text. One query is a step of decoding,
 * many are a part of a prompt. Time in microseconds. Not final, as JMH makes a subclass.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(value = 1, jvmArgsAppend = {"--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
public class AttentionBenchmark {
    private static final int PAGE_ROWS = KeyValues.TOGETHER;

    @Param({"scalar", "vector", "auto"})
    public String kernels = "";

    /** Query heads, key-value heads, and the columns of each. */
    @Param({"32/8/64", "32/8/128"})
    public String heads = "";

    /** Queries that are computed together. */
    @Param({"1", "4", "32", "512"})
    public int tokens;

    /** Positions that lie before the first query. */
    @Param({"0", "1024"})
    public int position;

    private final Scratch scratch = new Scratch();
    private Kernels implementation = KernelChoice.of("scalar").kernels();
    private AttentionShape shape = new AttentionShape(1, 1, 1, 1);
    private KeyValues keyValues = new KeyValues.Floats(new float[0][], 0, new float[0][], 0, 1, 1);
    private float[] query = {};
    private float[] out = {};
    private float[] logSumExp = {};

    @Setup
    public void prepare() {
        String[] parts = heads.split("/", -1);
        int headSize = Integer.parseInt(parts[2]);
        shape = new AttentionShape(
                Integer.parseInt(parts[0]), Integer.parseInt(parts[1]), headSize, (float) (1 / Math.sqrt(headSize)));
        implementation = KernelChoice.of(kernels).kernels();
        int pages = Math.ceilDiv(position + tokens, PAGE_ROWS);
        int stride = shape.keyValueColumns();
        keyValues = new KeyValues.Floats(pages(pages, stride, 1), 0, pages(pages, stride, 1000), 0, PAGE_ROWS, stride);
        query = Samples.floats(tokens * shape.queryColumns(), 7);
        out = new float[query.length];
        logSumExp = new float[tokens * shape.heads()];
    }

    private static float[][] pages(int count, int stride, long seed) {
        float[][] pages = new float[count][];
        for (int page = 0; page < count; page++) {
            pages[page] = Samples.floats(PAGE_ROWS * stride, seed + page);
        }
        return pages;
    }

    @Benchmark
    public float[] attend() {
        for (int head = 0; head < shape.keyValueHeads(); head++) {
            implementation.attend(shape, head, 0, tokens, position, query, keyValues, out, logSumExp, scratch);
        }
        return out;
    }

    AttentionShape shape() {
        return shape;
    }

    KeyValues keyValues() {
        return keyValues;
    }

    float[] query() {
        return query;
    }
}
