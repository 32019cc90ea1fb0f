package dev.vesper.tensor.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vesper.tensor.AttentionShape;
import dev.vesper.tensor.Tensor;
import dev.vesper.tensor.Weight;
import dev.vesper.tensor.Workers;
import dev.vesper.tensor.kernel.KernelChoice;
import dev.vesper.tensor.kernel.Kernels;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Passes over a block large enough that every operation is shared out: the same bits taped or not, on any number of
 * threads, in the first pass or a later one, in buffers that do not grow.
 */
@ParameterizedClass
@ValueSource(strings = {"scalar", "vector", "auto"})
class PassesTest {
    private static final int DIM = 144;
    private static final int HEAD = 24;
    private static final int INNER = 100;
    private static final int VOCABULARY = 90;
    private static final AttentionShape SHAPE = new AttentionShape(6, 2, HEAD, 0.2f);
    private static final int[][] SIZES = {
        {VOCABULARY, DIM}, {1, DIM}, {DIM, DIM}, {5, DIM}, {DIM, 5}, {2 * HEAD, DIM}, {2 * HEAD, DIM}, {DIM, DIM},
        {1, DIM}, {INNER, DIM}, {INNER, DIM}, {DIM, INNER}
    };

    @org.junit.jupiter.params.Parameter
    String tier;

    private Arena arena;
    private Kernels kernels;
    private List<Parameter> parameters;
    private List<Weight> weights;

    /** What a pass computed. */
    private record Outcome(double loss, double[] losses, float[] hidden) {}

    @BeforeEach
    void open() {
        arena = Arena.ofShared();
        kernels = KernelChoice.of(tier).kernels();
        parameters = IntStream.range(0, SIZES.length).mapToObj(this::parameter).toList();
        weights = parameters.stream().map(Parameter::weight).toList();
    }

    @AfterEach
    void close() {
        arena.close();
    }

    private Parameter parameter(int index) {
        int rows = SIZES[index][0];
        int columns = SIZES[index][1];
        float[] values = GradientsTest.floats(rows * columns, index);
        for (int i = 0; i < values.length; i++) {
            values[i] *= rows == 1 ? 1 : 0.2f;
        }
        return Parameter.of("weight" + index, rows, columns, values, arena);
    }

    @Test
    void tapedEqualsUntaped() {
        try (Workers workers = new Workers(2)) {
            Outcome taped = pass(training(workers), 100, 90, 40);
            Outcome untaped = pass(Ops.forInference(kernels, workers), 100, 90, 40);
            assertSame(taped, untaped);
            assertThat(taped.loss).isBetween(230 * 0.1, 230 * 20.0);
        }
    }

    @Test
    void bitsDoNotDependOnTheNumberOfThreads() {
        Outcome first = null;
        List<float[]> gradients = List.of();
        for (int threads : new int[] {1, 2, 3, 5}) {
            try (Workers workers = new Workers(threads)) {
                zeroGradients();
                Ops ops = training(workers);
                Outcome outcome = pass(ops, 100, 90, 40);
                ops.backward();
                if (first == null) {
                    first = outcome;
                    gradients = gradients();
                    assertThat(gradients).allMatch(gradient -> norm(gradient) > 1e-3);
                }
                assertSame(outcome, first);
                assertThat(gradients()).as("gradients on %d threads", threads)
                        .usingElementComparator(Arrays::compare)
                        .isEqualTo(gradients);
            }
        }
    }

    @Test
    void laterPassesGiveTheSameBitsInTheSameBuffers() {
        try (Workers workers = new Workers(1)) {
            Ops ops = training(workers);
            Outcome first = pass(ops, 9, 1, 33);
            ops.backward();
            List<float[]> gradients = gradients();
            long bytes = 0;
            for (int repeat = 1; repeat <= 5; repeat++) {
                zeroGradients();
                assertSame(pass(ops, 9, 1, 33), first);
                ops.backward();
                assertThat(gradients()).usingElementComparator(Arrays::compare).isEqualTo(gradients);
                // the second pass may settle which gradient uses which buffer
                assertThat(ops.bytes()).isEqualTo(repeat == 1 ? ops.bytes() : bytes);
                bytes = ops.bytes();
            }
            zeroGradients();
            pass(ops, 3, 4);
            ops.backward();
            zeroGradients();
            assertSame(pass(ops, 9, 1, 33), first);
            ops.backward();
            assertThat(gradients()).as("after a smaller pass")
                    .usingElementComparator(Arrays::compare)
                    .isEqualTo(gradients);
            assertThat(ops.bytes()).as("after a smaller pass").isLessThan(bytes * 3 / 2);
        }
    }

    @Test
    void passesThatGrowLittleByLittleLeaveNoBuffersBehind() {
        try (Workers workers = new Workers(1)) {
            Ops fresh = training(workers);
            pass(fresh, 40);
            fresh.backward();
            Ops grown = training(workers);
            for (int rows = 21; rows <= 40; rows++) {
                pass(grown, rows);
                grown.backward();
            }
            assertThat(grown.bytes()).isLessThan(fresh.bytes() * 3 / 2);
        }
    }

    @Test
    void gradientsOfSeveralPassesAddUp() {
        try (Workers workers = new Workers(1)) {
            Ops ops = training(workers);
            pass(ops, 5, 2);
            ops.backward();
            List<float[]> once = gradients();
            pass(ops, 5, 2);
            ops.backward();
            for (int i = 0; i < once.size(); i++) {
                float[] twice = once.get(i).clone();
                for (int e = 0; e < twice.length; e++) {
                    twice[e] *= 2;
                }
                // not every bit: both blocks add to the same parameters, so sums are rounded in another order
                float offset = (float) (2e-6 * norm(twice));
                assertThat(parameters.get(i).gradient()).containsExactly(twice, Offset.offset(offset));
            }
        }
    }

    @Test
    void aPassThatWasGivenUpLeavesNothingToTheNext() {
        try (Workers workers = new Workers(1)) {
            Ops ops = training(workers);
            pass(ops, 5, 2);
            ops.backward();
            List<float[]> expected = gradients();
            ops.begin();
            ops.linear(ops.embed(new int[] {1, 2, 3}, weights.get(0)), weights.get(2));
            zeroGradients();
            pass(ops, 5, 2);
            ops.backward();
            assertThat(gradients()).usingElementComparator(Arrays::compare).isEqualTo(expected);
        }
    }

    @Test
    void withoutATapeMemoryDoesNotGrowWithDepth() {
        try (Workers workers = new Workers(1)) {
            long[] bytes = new long[2];
            for (int i = 0; i < 2; i++) {
                Ops ops = Ops.forInference(kernels, workers);
                ops.begin();
                Tensor x = ops.embed(new int[] {1, 2, 3}, weights.get(0));
                Rotation rotation = GradientsTest.rotation(3, HEAD / 2, 1);
                List<Integer> blocks = Collections.nCopies(i == 0 ? 2 : 7, 0);
                ops.blocks(x, blocks, (number, input) -> block(ops, input, rotation, GradientsTest.spans(3)));
                bytes[i] = ops.bytes();
            }
            assertThat(bytes[1]).isEqualTo(bytes[0]).isPositive();
        }
    }

    @Test
    void crossEntropyInChunksIsThatOfAllRowsAtOnce() {
        try (Workers workers = new Workers(2)) {
            int[] targets = IntStream.range(0, 50).map(i -> 7 * i % VOCABULARY).toArray();
            double[] losses = new double[50];
            double whole = 0;
            List<float[]> gradients = List.of();
            for (int chunk : new int[] {50, 49, 16, 1, 0}) {
                zeroGradients();
                Ops ops = training(workers);
                ops.begin();
                Tensor x = ops.embed(targets, weights.get(0));
                double loss = CrossEntropy.forward(
                        ops, x, weights.get(0), targets, CrossEntropy.ones(targets.length), losses, chunk * VOCABULARY);
                ops.backward();
                if (chunk == 50) {
                    whole = loss;
                    gradients = gradients();
                    assertThat(norm(gradients.getFirst())).isGreaterThan(1e-3);
                }
                assertThat(loss).isEqualTo(whole);
                // the gradient of the output is added to once a chunk, so its last bits differ
                float[] gradient = parameters.getFirst().gradient();
                for (int i = 0; i < gradient.length; i++) {
                    float expected = gradients.getFirst()[i];
                    assertThat(gradient[i]).isCloseTo(expected, Offset.offset(2e-5f));
                }
            }
        }
    }

    @Test
    void withoutATapeThereIsNoWayBack() {
        try (Workers workers = new Workers(1)) {
            Ops ops = Ops.forInference(kernels, workers);
            assertThatThrownBy(ops::backward).isInstanceOf(IllegalStateException.class).hasMessageContaining("tape");
        }
    }

    private Ops training(Workers workers) {
        return Ops.forTraining(kernels, workers, new Tape(parameters));
    }

    private Outcome pass(Ops ops, int... lengths) {
        int rows = IntStream.of(lengths).sum();
        int[] tokens = IntStream.range(0, rows).map(i -> i * i % VOCABULARY).toArray();
        ops.begin();
        Rotation rotation = GradientsTest.rotation(rows, HEAD / 2, 1);
        List<Span> spans = GradientsTest.spans(lengths);
        Tensor x = ops.embed(tokens, weights.get(0));
        // one block is enough, and quicker, where there are many rows
        List<Integer> blocks = Collections.nCopies(rows > 100 ? 1 : 2, 0);
        x = ops.blocks(x, blocks, (number, input) -> block(ops, input, rotation, spans));
        double[] losses = new double[rows];
        double loss = ops.crossEntropy(x, weights.get(0), tokens, losses);
        return new Outcome(loss, losses, x.toArray());
    }

    private Tensor block(Ops ops, Tensor x, Rotation rotation, List<Span> spans) {
        Tensor n = ops.rmsNorm(x, weights.get(1), 1e-5f);
        Tensor q = ops.linear(n, weights.get(2));
        ops.rope(ops.addLowRank(q, n, weights.get(3), weights.get(4), 2), 6, HEAD, rotation);
        Tensor k = ops.rope(ops.linear(n, weights.get(5)), 2, HEAD, rotation);
        Tensor v = ops.linear(n, weights.get(6));
        Tensor h = ops.add(x, ops.linear(ops.attend(SHAPE, 0, spans, q, k, v), weights.get(7)));
        Tensor m = ops.rmsNorm(h, weights.get(8), 1e-5f);
        Tensor inner = ops.siluTimes(ops.linear(m, weights.get(9)), ops.linear(m, weights.get(10)));
        return ops.add(h, ops.linear(inner, weights.get(11)));
    }

    private void zeroGradients() {
        parameters.forEach(parameter -> Arrays.fill(parameter.gradient(), 0));
    }

    private List<float[]> gradients() {
        return parameters.stream().map(parameter -> parameter.gradient().clone()).toList();
    }

    private double norm(float[] values) {
        return Math.sqrt(kernels.sumOfSquares(0, values.length, values));
    }

    private static void assertSame(Outcome got, Outcome expected) {
        assertThat(got.loss).isEqualTo(expected.loss);
        assertThat(got.losses).isEqualTo(expected.losses);
        assertThat(got.hidden).isEqualTo(expected.hidden);
    }
}
