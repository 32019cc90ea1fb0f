package dev.vesper.tensor.op;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vesper.tensor.AttentionShape;
import dev.vesper.tensor.Format;
import dev.vesper.tensor.Tensor;
import dev.vesper.tensor.Weight;
import dev.vesper.tensor.Workers;
import dev.vesper.tensor.kernel.ScalarKernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Shapes that do not fit are refused by every operation, with the name, what was expected and what was found. */
class ShapeErrorsTest {
    private static final AttentionShape SHAPE = new AttentionShape(4, 2, 3, 1);
    private static final Rotation ROTATION = GradientsTest.rotation(2, 3, 1);

    static Stream<Arguments> mistakes() {
        return Stream.of(
                mistake(
                        ops -> ops.embed(new int[] {0, 5}, weight("token_embd", 5, 3)), "5", "row 1",
                        "vocabulary of 5"),
                mistake(ops -> ops.embed(new int[] {-1}, weight("token_embd", 5, 3)), "-1", "vocabulary of 5"),
                mistake(
                        ops -> ops.linear(x(2, 4), weight("blk.0.attn_q", 5, 3)), "blk.0.attn_q", "3 columns",
                        "[2, 4]"),
                mistake(ops -> lowRank(ops, x(2, 6), x(2, 4), 1, 3, 6, 1), "down", "4 columns", "1 x 3"),
                mistake(ops -> lowRank(ops, x(2, 6), x(2, 4), 1, 4, 6, 2), "up", "1 columns", "6 x 2"),
                mistake(ops -> lowRank(ops, x(2, 6), x(2, 4), 1, 4, 5, 1), "up", "6 rows", "5 x 1"),
                mistake(ops -> lowRank(ops, x(1, 6), x(2, 4), 1, 4, 6, 1), "up", "2 rows", "[1, 6]"),
                mistake(ops -> ops.rmsNorm(x(2, 4), weight("norm", 1, 3), 1), "norm", "1 x 4", "1 x 3"),
                mistake(ops -> ops.rmsNorm(x(2, 4), weight("norm", 2, 4), 1), "norm", "1 x 4", "2 x 4"),
                mistake(ops -> ops.rope(x(2, 13), 2, 6, ROTATION), "rope", "2 heads of 6", "[2, 13]"),
                mistake(ops -> ops.rope(x(2, 10), 2, 5, ROTATION), "rope", "2 pairs", "3"),
                mistake(ops -> ops.rope(x(3, 12), 2, 6, ROTATION), "rope", "9 cosines", "6"),
                mistake(ops -> ops.rope(x(2, 12), 2, 6, new Rotation(3, new float[6], new float[5])), "6 sines", "5"),
                attend(x(2, 11), x(2, 6), x(2, 6), GradientsTest.spans(2), "12 query columns", "[2, 11]"),
                attend(x(2, 12), x(2, 5), x(2, 6), GradientsTest.spans(2), "6 key columns", "[2, 5]"),
                attend(x(2, 12), x(2, 6), x(2, 7), GradientsTest.spans(2), "6 value columns", "[2, 7]"),
                attend(x(2, 12), x(1, 6), x(2, 6), GradientsTest.spans(2), "2 keys", "[1, 6]"),
                attend(x(2, 12), x(2, 6), x(3, 6), GradientsTest.spans(2), "2 values", "[3, 6]"),
                attend(x(2, 12), x(2, 6), x(2, 6), GradientsTest.spans(1), "2 rows", "1"),
                attend(x(2, 12), x(2, 6), x(2, 6), GradientsTest.spans(1, 2), "2 rows", "3"),
                attend(x(2, 12), x(2, 6), x(2, 6), overlapping(), "a span from row 1", "row=0"),
                mistake(ops -> ops.siluTimes(x(2, 4), x(2, 5)), "siluTimes", "[2, 4]", "[2, 5]"),
                mistake(ops -> ops.add(x(2, 4), x(3, 4)), "add", "[2, 4]", "[3, 4]"),
                mistake(ops -> ops.rows(x(2, 4), new int[] {0, 2}), "rows", "below 2", "got 2"),
                mistake(ops -> ops.crossEntropy(x(2, 4), weight("output", 5, 3), new int[2]), "output", "3 columns"),
                mistake(ops -> ops.crossEntropy(x(2, 3), weight("output", 5, 3), new int[1]), "2 targets", "got 1"),
                mistake(ops -> ops.crossEntropy(x(1, 3), weight("output", 5, 3), new int[] {5}), "below 5", "got 5"),
                mistake(
                        ops -> ops.crossEntropy(x(2, 3), weight("output", 5, 3), new int[2], new double[1]),
                        "2 losses",
                        "got 1"),
                mistake(
                        ops -> ops.crossEntropy(
                                x(2, 3), weight("output", 5, 3), new int[2], new float[1], new double[2]),
                        "2 weights",
                        "got 1"),
                mistake(ops -> Parameter.of("p", 2, 3, new float[5], Arena.ofAuto()), "p", "2 x 3", "5"));
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void isRefused(Consumer<Ops> mistake, String... parts) {
        try (Workers workers = new Workers(1)) {
            Ops ops = Ops.forInference(new ScalarKernels(), workers);
            ops.begin();
            assertThatThrownBy(() -> mistake.accept(ops))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContainingAll(parts);
        }
    }

    @Test
    void sequencesWithACacheAreRefusedWhenTraining() {
        try (Workers workers = new Workers(1)) {
            Parameter embedding = Parameter.of("embedding", 1, 12, new float[12], Arena.ofAuto());
            Ops ops = Ops.forTraining(new ScalarKernels(), workers, new Tape(List.of(embedding)));
            ops.begin();
            Tensor query = ops.embed(new int[] {0}, embedding.weight());
            Span span = new Span(0, 1, 0, layer -> new dev.vesper.tensor.KeyValues.Floats(
                    new float[][] {new float[12]}, 0, new float[][] {new float[12]}, 6, 1, 12));
            assertThatThrownBy(() -> ops.attend(SHAPE, 0, List.of(span), query, x(1, 6), x(1, 6)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("whole sequences when training");
        }
    }

    private static Arguments mistake(Consumer<Ops> mistake, String... parts) {
        return Arguments.of(mistake, parts);
    }

    private static Arguments attend(Tensor query, Tensor key, Tensor value, List<Span> spans, String... parts) {
        return mistake(ops -> ops.attend(SHAPE, 0, spans, query, key, value), parts);
    }

    private static List<Span> overlapping() {
        return List.of(new Span(0, 1, 0, KeyValueCache.NONE), new Span(0, 1, 0, KeyValueCache.NONE));
    }

    private static void lowRank(Ops ops, Tensor y, Tensor x, int rank, int inputs, int outputs, int upRank) {
        ops.addLowRank(y, x, weight("down", rank, inputs), weight("up", outputs, upRank), 1);
    }

    private static Tensor x(int rows, int columns) {
        return Tensor.zeros(rows, columns);
    }

    private static Weight weight(String name, int rows, int columns) {
        return new Weight(name, Format.F32, MemorySegment.ofArray(new byte[4 * rows * columns]), rows, columns);
    }
}
