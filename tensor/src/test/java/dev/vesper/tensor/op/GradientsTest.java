package dev.vesper.tensor.op;

import static dev.vesper.tensor.op.GradientCheck.functional;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vesper.tensor.AttentionShape;
import dev.vesper.tensor.Format;
import dev.vesper.tensor.Tensor;
import dev.vesper.tensor.Weight;
import dev.vesper.tensor.kernel.KernelChoice;
import dev.vesper.tensor.op.Doubles.Matrix;
import dev.vesper.tensor.quant.Codec;
import dev.vesper.tensor.quant.Codecs;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each operation's backward against finite differences, for all inputs and all trained weights. */
@ParameterizedClass
@ValueSource(strings = {"scalar", "vector", "auto"})
class GradientsTest {
    @org.junit.jupiter.params.Parameter
    String tier;

    private Arena arena;

    @BeforeEach
    void open() {
        arena = Arena.ofConfined();
    }

    @AfterEach
    void close() {
        arena.close();
    }

    private GradientCheck graph() {
        return new GradientCheck(KernelChoice.of(tier).kernels(), arena);
    }

    @Test
    void embedWithTokensThatOccurTwice() {
        int[] tokens = {3, 0, 3, 3, 6};
        var parameters = graph().leaf(7, 5, 1)
                .check(
                        4,
                        (ops, leaves) -> leaves.functional(ops.embed(tokens, leaves.weight(0))),
                        leaves -> functional(Doubles.embed(tokens, leaves.get(0))));
        assertThat(Arrays.copyOfRange(parameters.get(0).gradient(), 5, 15)).containsOnly(0f);
    }

    @ParameterizedTest
    @CsvSource({"1, 17, 5", "3, 5, 17", "7, 33, 1", "2, 1, 3", "1, 1, 1", "25, 40, 26"})
    void linear(int tokens, int inputs, int outputs) {
        graph().leaf(tokens, inputs, 1)
                .leaf(outputs, inputs, 1)
                .check(
                        Math.max(tokens, Math.max(inputs, outputs)) + 2,
                        (ops, leaves) -> leaves.functional(ops.linear(leaves.tensor(0), leaves.weight(1))),
                        leaves -> functional(Doubles.linear(leaves.get(0), leaves.get(1))));
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16", "Q8_0", "Q4_0"})
    void linearThroughAFrozenWeight(Format format) {
        Codec codec = Codecs.of(format);
        MemorySegment data = arena.allocate(format.bytes(5 * 96));
        codec.encode(floats(5 * 96, 1), 0, 5 * 96, data, 0);
        Weight frozen = new Weight("frozen", format, data, 5, 96);
        float[] decoded = new float[5 * 96];
        codec.decode(data, 0, decoded, 0, decoded.length);
        Matrix weight = new Matrix(new double[decoded.length], 5, 96);
        Arrays.setAll(weight.data(), i -> decoded[i]);
        graph().leaf(3, 96, 1)
                .check(
                        96 + 2,
                        (ops, leaves) -> leaves.functional(ops.linear(leaves.tensor(0), frozen)),
                        leaves -> functional(Doubles.linear(leaves.get(0), weight)));
    }

    @Test
    void lowRankOnATrainedLinear() {
        graph().leaf(4, 17, 1)
                .leaf(9, 17, 1)
                .leaf(3, 17, 1)
                .leaf(9, 3, 1)
                .check(
                        40,
                        (ops, leaves) -> {
                            Tensor x = leaves.tensor(0);
                            Tensor y = ops.linear(x, leaves.weight(1));
                            return leaves.functional(
                                    ops.addLowRank(y, x, leaves.weight(2), leaves.weight(3), 0.75f));
                        },
                        m -> functional(
                                Doubles.lowRank(
                                        Doubles.linear(m.get(0), m.get(1)), m.get(0), m.get(2), m.get(3), 0.75)));
    }

    /** The first layer of an adapted model: neither the input nor the matrix is trained. */
    @Test
    void lowRankOnAFrozenLinear() {
        Tensor x = new Tensor(floats(4 * 17, 1), 4, 17);
        Tensor base = new Tensor(floats(4 * 9, 1), 4, 9);
        graph().leaf(3, 17, 1)
                .leaf(9, 3, 1)
                .check(
                        40,
                        (ops, leaves) -> {
                            Tensor y = ops.take(4, 9);
                            System.arraycopy(base.data(), 0, y.data(), 0, y.size());
                            return leaves.functional(ops.addLowRank(y, x, leaves.weight(0), leaves.weight(1), -2));
                        },
                        m -> functional(Doubles.lowRank(matrix(base), matrix(x), m.get(0), m.get(1), -2)));
    }

    @Test
    void twoLowRankChangesOfOneLinear() {
        graph().leaf(2, 5, 1)
                .leaf(1, 5, 1)
                .leaf(7, 1, 1)
                .leaf(3, 5, 1)
                .leaf(7, 3, 1)
                .leaf(7, 5, 1)
                .check(
                        30,
                        (ops, leaves) -> {
                            Tensor x = leaves.tensor(0);
                            Tensor y = ops.linear(x, leaves.weight(5));
                            ops.addLowRank(y, x, leaves.weight(1), leaves.weight(2), 0.5f);
                            ops.addLowRank(y, x, leaves.weight(3), leaves.weight(4), 3);
                            return leaves.functional(y);
                        },
                        m -> {
                            Matrix y = Doubles.linear(m.get(0), m.get(5));
                            y = Doubles.lowRank(y, m.get(0), m.get(1), m.get(2), 0.5);
                            return functional(Doubles.lowRank(y, m.get(0), m.get(3), m.get(4), 3));
                        });
    }

    @ParameterizedTest
    // one column only near 0: elsewhere its gradient is a cancellation, and nearly 0 itself
    @CsvSource({"1, 17, 1", "3, 5, 0.01", "4, 33, 30", "2, 1, 0.02", "70, 3, 1"})
    void rmsNorm(int rows, int columns, double scale) {
        graph().leaf(rows, columns, scale)
                .leaf(1, columns, 2)
                .check(
                        columns + rows + 8,
                        (ops, leaves) -> leaves.functional(ops.rmsNorm(leaves.tensor(0), leaves.weight(1), 1e-3f)),
                        m -> functional(Doubles.rmsNorm(m.get(0), m.get(1), 1e-3f)));
    }

    @ParameterizedTest
    @CsvSource({"1, 3, 5, 2", "4, 3, 6, 3", "3, 1, 17, 4", "5, 2, 34, 17"})
    void ropeAfterALinear(int rows, int heads, int headSize, int pairs) {
        Rotation rotation = rotation(rows, pairs, 1.25);
        graph().leaf(rows, 5, 1)
                .leaf(heads * headSize, 5, 1)
                .check(
                        Math.max(rows, heads * headSize) + 10,
                        (ops, leaves) -> {
                            Tensor x = ops.linear(leaves.tensor(0), leaves.weight(1));
                            return leaves.functional(ops.rope(x, heads, headSize, rotation));
                        },
                        m -> functional(
                                Doubles.rope(Doubles.linear(m.get(0), m.get(1)), heads, headSize, rotation)));
    }

    /** Group sizes 1 to 3, odd head sizes, sequences of one row and of more than attention takes at a time. */
    @ParameterizedTest
    @CsvSource({"3, 3, 5", "3, 1, 5", "4, 2, 3", "6, 2, 17", "1, 1, 1"})
    void attend(int heads, int keyValueHeads, int headSize) {
        AttentionShape shape = new AttentionShape(heads, keyValueHeads, headSize, (float) (1 / Math.sqrt(headSize)));
        List<Span> spans = spans(1, 4, 37, 1);
        graph().leaf(43, shape.queryColumns(), 1)
                .leaf(43, shape.keyValueColumns(), 1)
                .leaf(43, shape.keyValueColumns(), 1)
                .check(
                        80,
                        (ops, leaves) -> leaves.functional(
                                ops.attend(shape, 0, spans, leaves.tensor(0), leaves.tensor(1), leaves.tensor(2))),
                        m -> functional(Doubles.attend(shape, spans, m.get(0), m.get(1), m.get(2))));
    }

    /** Scores of about 100: nearly all weight on one position. */
    @Test
    void attendSharply() {
        AttentionShape shape = new AttentionShape(2, 1, 3, 10);
        List<Span> spans = spans(9);
        graph().leaf(9, 6, 3)
                .leaf(9, 3, 3)
                .leaf(9, 3, 1)
                .check(
                        // a score's rounding error is relative to the score, and goes into the exponent
                        800,
                        (ops, leaves) -> leaves.functional(
                                ops.attend(shape, 0, spans, leaves.tensor(0), leaves.tensor(1), leaves.tensor(2))),
                        m -> functional(Doubles.attend(shape, spans, m.get(0), m.get(1), m.get(2))));
    }

    @Test
    void attendWhereKeysAreValuesAndQueries() {
        AttentionShape shape = new AttentionShape(3, 3, 5, 0.5f);
        List<Span> spans = spans(6, 3);
        graph().leaf(9, 15, 1)
                .check(
                        60,
                        (ops, leaves) -> {
                            Tensor x = leaves.tensor(0);
                            return leaves.functional(ops.attend(shape, 0, spans, x, x, x));
                        },
                        m -> functional(Doubles.attend(shape, spans, m.get(0), m.get(0), m.get(0))));
    }

    @ParameterizedTest
    @CsvSource({"1, 17, 1", "3, 5, 8", "2, 33, 40"})
    void siluTimes(int rows, int columns, double scale) {
        graph().leaf(rows, columns, scale)
                .leaf(rows, columns, 1)
                .check(
                        16,
                        (ops, leaves) -> leaves.functional(ops.siluTimes(leaves.tensor(0), leaves.tensor(1))),
                        m -> functional(Doubles.siluTimes(m.get(0), m.get(1))));
    }

    @Test
    void siluTimesItself() {
        graph().leaf(3, 11, 3)
                .check(
                        16,
                        (ops, leaves) -> leaves.functional(ops.siluTimes(leaves.tensor(0), leaves.tensor(0))),
                        m -> functional(Doubles.siluTimes(m.get(0), m.get(0))));
    }

    @Test
    void addOfTwoAndOfOneTwice() {
        graph().leaf(3, 7, 1)
                .leaf(3, 7, 1)
                .check(
                        8,
                        (ops, leaves) -> {
                            Tensor sum = ops.add(leaves.tensor(0), leaves.tensor(1));
                            return leaves.functional(ops.add(sum, ops.add(sum, sum)));
                        },
                        m -> {
                            Matrix sum = Doubles.add(m.get(0), m.get(1));
                            return functional(Doubles.add(sum, Doubles.add(sum, sum)));
                        });
    }

    @Test
    void rowsInAnyOrderTwiceOrNever() {
        int[] rows = {4, 0, 4, 2};
        var parameters = graph().leaf(5, 3, 1)
                .check(
                        4,
                        (ops, leaves) -> leaves.functional(ops.rows(leaves.tensor(0), rows)),
                        m -> functional(Doubles.rows(m.get(0), rows)));
        assertThat(Arrays.copyOfRange(parameters.get(0).gradient(), 3, 6)).containsOnly(0f);
    }

    @ParameterizedTest
    @CsvSource({"1, 17, 5, 1", "4, 5, 33, 3", "3, 2, 1, 1", "6, 9, 7, 10"})
    void crossEntropy(int rows, int dim, int vocabulary, double scale) {
        int[] targets = new int[rows];
        Arrays.setAll(targets, i -> (3 * i + 1) % vocabulary);
        graph().leaf(rows, dim, scale)
                .leaf(vocabulary, dim, 1)
                .check(
                        (int) (vocabulary + rows + 4 * dim * scale),
                        (ops, leaves) -> ops.crossEntropy(leaves.tensor(0), leaves.weight(1), targets),
                        m -> Doubles.crossEntropy(m.get(0), m.get(1), targets));
    }

    /** Weights of both signs, one row that does not count. */
    @ParameterizedTest
    @CsvSource({"1, 17, 5, 1", "4, 5, 33, 3", "6, 9, 7, 10"})
    void crossEntropyWithAWeightForEachRow(int rows, int dim, int vocabulary, double scale) {
        int[] targets = new int[rows];
        Arrays.setAll(targets, i -> (3 * i + 1) % vocabulary);
        float[] weights = floats(rows, 1);
        weights[rows / 2] *= rows > 1 ? 0 : 1;
        graph().leaf(rows, dim, scale)
                .leaf(vocabulary, dim, 1)
                .check(
                        (int) (vocabulary + rows + 4 * dim * scale),
                        (ops, leaves) -> ops.crossEntropy(
                                leaves.tensor(0), leaves.weight(1), targets, weights, new double[rows]),
                        m -> Doubles.crossEntropy(m.get(0), m.get(1), targets, weights));
    }

    @Test
    void aWeightThatIsUsedTwice() {
        graph().leaf(3, 5, 1)
                .leaf(5, 5, 1)
                .check(
                        20,
                        (ops, leaves) -> leaves.functional(
                                ops.linear(ops.linear(leaves.tensor(0), leaves.weight(1)), leaves.weight(1))),
                        m -> functional(Doubles.linear(Doubles.linear(m.get(0), m.get(1)), m.get(1))));
    }

    @Test
    void theEmbeddingThatIsAlsoTheOutput() {
        int[] tokens = {2, 5, 2, 0};
        int[] targets = {5, 2, 0, 2};
        graph().leaf(6, 7, 1)
                .check(
                        30,
                        (ops, leaves) -> ops
                                .crossEntropy(ops.embed(tokens, leaves.weight(0)), leaves.weight(0), targets),
                        m -> Doubles.crossEntropy(Doubles.embed(tokens, m.get(0)), m.get(0), targets));
    }

    @Test
    void whatDoesNotReachTheLossGetsNoGradient() {
        var parameters = graph().leaf(2, 5, 1)
                .leaf(3, 5, 1)
                .leaf(4, 5, 1)
                .leaf(5, 5, 1)
                .check(
                        20,
                        (ops, leaves) -> {
                            Tensor live = ops.linear(leaves.tensor(0), leaves.weight(1));
                            Tensor dead = ops.linear(leaves.tensor(0), leaves.weight(2));
                            ops.siluTimes(dead, dead);
                            return leaves.functional(live);
                        },
                        m -> functional(Doubles.linear(m.get(0), m.get(1))));
        assertThat(parameters.get(2).gradient()).containsOnly(0f);
        assertThat(parameters.get(3).gradient()).containsOnly(0f);
    }

    static List<Span> spans(int... lengths) {
        List<Span> spans = new ArrayList<>();
        int row = 0;
        for (int length : lengths) {
            spans.add(new Span(row, length, 0, KeyValueCache.NONE));
            row += length;
        }
        return spans;
    }

    static Rotation rotation(int rows, int pairs, double magnitude) {
        float[] cos = new float[rows * pairs];
        float[] sin = new float[rows * pairs];
        for (int i = 0; i < cos.length; i++) {
            cos[i] = (float) (magnitude * Math.cos(0.7 * i));
            sin[i] = (float) (magnitude * Math.sin(0.7 * i));
        }
        return new Rotation(pairs, cos, sin);
    }

    static float[] floats(int count, int seed) {
        Random random = new Random(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = 2 * random.nextFloat() - 1;
        }
        return values;
    }

    private static Matrix matrix(Tensor tensor) {
        double[] data = new double[tensor.size()];
        Arrays.setAll(data, i -> tensor.data()[i]);
        return new Matrix(data, tensor.rows(), tensor.columns());
    }
}
