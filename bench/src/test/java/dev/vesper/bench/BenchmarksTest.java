package dev.vesper.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.vesper.tensor.AttentionShape;
import dev.vesper.tensor.Format;
import dev.vesper.tensor.KeyValues;
import dev.vesper.tensor.Weight;
import dev.vesper.tensor.quant.Codecs;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** A benchmark that computes something else, or nothing, measures nothing: each is held to the definition in float64. */
class BenchmarksTest {
    private static final int ROWS = 64;
    private static final int COLUMNS = 256;
    private static final List<String> TIERS = List.of("scalar", "vector", "auto");

    static Stream<Arguments> matrices() {
        List<Format> formats = List.of(Format.F32, Format.Q8_0, Format.Q4_0, Format.Q4_K);
        return TIERS.stream().flatMap(tier -> formats.stream().flatMap(
                format -> Stream.of(1, 4, 32).map(tokens -> Arguments.of(tier, format, tokens))));
    }

    static Stream<Arguments> rows() {
        return TIERS.stream().flatMap(tier -> Stream.of(1, 5).map(tokens -> Arguments.of(tier, tokens)));
    }

    @ParameterizedTest
    @MethodSource("matrices")
    void matricesAreMultiplied(String kernels, Format format, int tokens) {
        MatrixBenchmark benchmark = new MatrixBenchmark();
        benchmark.kernels = kernels;
        benchmark.format = format;
        benchmark.shape = ROWS + "x" + COLUMNS;
        benchmark.tokens = tokens;
        benchmark.prepare();
        float[] weight = new float[ROWS * COLUMNS];
        Weight encoded = Samples.weight(format, ROWS, COLUMNS, 1);
        Codecs.of(format).decode(encoded.data(), 0, weight, 0, weight.length);
        float[] x = Samples.floats(tokens * COLUMNS, 2);
        float[] dy = Samples.floats(tokens * ROWS, 3);
        double[] y = new double[tokens * ROWS];
        double[] dx = new double[tokens * COLUMNS];
        for (int t = 0; t < tokens; t++) {
            for (int r = 0; r < ROWS; r++) {
                for (int c = 0; c < COLUMNS; c++) {
                    y[t * ROWS + r] += (double) x[t * COLUMNS + c] * weight[r * COLUMNS + c];
                    dx[t * COLUMNS + c] += (double) dy[t * ROWS + r] * weight[r * COLUMNS + c];
                }
            }
        }
        agree(benchmark.multiply(), y);
        agree(benchmark.multiplyInputGradient(), dx);
    }

    @ParameterizedTest
    @MethodSource("rows")
    void rowsAreNormedAndGated(String kernels, int tokens) {
        RowBenchmark benchmark = new RowBenchmark();
        benchmark.kernels = kernels;
        benchmark.columns = COLUMNS;
        benchmark.tokens = tokens;
        benchmark.prepare();
        float[] a = Samples.floats(tokens * COLUMNS, 1);
        float[] b = Samples.floats(tokens * COLUMNS, 2);
        double[] normed = new double[a.length];
        double[] gated = new double[a.length];
        for (int t = 0; t < tokens; t++) {
            double squares = 0;
            for (int c = 0; c < COLUMNS; c++) {
                squares += (double) a[t * COLUMNS + c] * a[t * COLUMNS + c];
            }
            for (int c = 0; c < COLUMNS; c++) {
                int i = t * COLUMNS + c;
                normed[i] = a[i] * benchmark.gain()[c] / Math.sqrt(squares / COLUMNS + RowBenchmark.EPSILON);
                gated[i] = a[i] / (1 + Math.exp(-a[i])) * b[i];
            }
        }
        agree(benchmark.rmsNorm(), normed);
        agree(benchmark.siluTimes(), gated);
    }

    @ParameterizedTest
    @MethodSource("rows")
    void queriesAttend(String kernels, int tokens) {
        AttentionBenchmark benchmark = new AttentionBenchmark();
        benchmark.kernels = kernels;
        benchmark.heads = "4/2/32";
        benchmark.tokens = tokens;
        benchmark.position = 70; // reaches into a second page
        benchmark.prepare();
        AttentionShape shape = benchmark.shape();
        double[] expected = new double[tokens * shape.queryColumns()];
        for (int t = 0; t < tokens; t++) {
            for (int head = 0; head < shape.heads(); head++) {
                attend(benchmark, t, head, expected);
            }
        }
        agree(benchmark.attend(), expected);
    }

    /** Softmax of the scores, then the mean of the values with these weights, for one query of one head. */
    private static void attend(AttentionBenchmark benchmark, int token, int head, double[] out) {
        AttentionShape shape = benchmark.shape();
        KeyValues.Floats layout = (KeyValues.Floats) benchmark.keyValues();
        int size = shape.headSize();
        int query = token * shape.queryColumns() + head * size;
        int column = head / shape.group() * size;
        double[] weights = new double[benchmark.position + token + 1];
        double sum = 0;
        for (int j = 0; j < weights.length; j++) {
            double score = 0;
            for (int c = 0; c < size; c++) {
                score += (double) benchmark.query()[query + c] * at(layout.keys(), layout, j, column + c);
            }
            weights[j] = Math.exp(score * shape.scale());
            sum += weights[j];
        }
        for (int j = 0; j < weights.length; j++) {
            for (int c = 0; c < size; c++) {
                out[query + c] += weights[j] / sum * at(layout.values(), layout, j, column + c);
            }
        }
    }

    private static float at(float[][] pages, KeyValues.Floats layout, int position, int column) {
        return pages[position / layout.pageRows()][position % layout.pageRows() * layout.stride() + column];
    }

    @Test
    void jmhFindsAndRunsThemAll() throws RunnerException {
        Collection<RunResult> results = new Runner(new OptionsBuilder()
                .include("dev.vesper.bench.*")
                .param("kernels", "vector")
                .param("format", "Q8_0")
                .param("shape", ROWS + "x" + COLUMNS)
                .param("columns", "" + COLUMNS)
                .param("tokens", "4")
                .param("heads", "4/2/32")
                .param("position", "0")
                .forks(0)
                .warmupIterations(0)
                .measurementIterations(1)
                .measurementTime(TimeValue.milliseconds(5))
                .verbosity(VerboseMode.SILENT)
                .build()).run();
        List<String> names = results.stream()
                .map(result -> result.getParams().getBenchmark().replaceAll(".*\\.", ""))
                .toList();
        assertThat(names)
                .containsExactlyInAnyOrder("multiply", "multiplyInputGradient", "attend", "rmsNorm", "siluTimes",
                        "bits128",
                        "bits256", "bits512");
        assertThat(results).allSatisfy(result -> assertThat(result.getPrimaryResult().getScore()).isPositive());
    }

    private static void agree(float[] computed, double[] expected) {
        assertThat(computed).hasSize(expected.length);
        for (int i = 0; i < expected.length; i++) {
            assertThat((double) computed[i])
                    .as("element " + i)
                    .isCloseTo(expected[i], within(1e-4 + 1e-4 * Math.abs(expected[i])));
        }
    }
}
