package dev.vesper.tensor.op;

import dev.vesper.tensor.AttentionShape;
import dev.vesper.tensor.Tensor;
import dev.vesper.tensor.kernel.KernelChoice;
import dev.vesper.tensor.op.Doubles.Matrix;
import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** The backward of operations put together, against finite differences. */
@ParameterizedClass
@ValueSource(strings = {"scalar", "vector", "auto"})
class BlockGradientTest {
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

    /** Normalisation, adapted attention over two sequences, a gated feed-forward layer and a tied output. */
    @Test
    void aWholeBlock() {
        AttentionShape shape = new AttentionShape(3, 1, 4, 0.5f);
        List<Span> spans = GradientsTest.spans(5, 2);
        Rotation rotation = GradientsTest.rotation(7, 2, 1);
        int[] tokens = {1, 4, 4, 9, 0, 4, 7};
        int[] wanted = {4, 2, 6};
        int[] targets = {3, 9, 4};
        block().check(
                200,
                (ops, w) -> {
                    Tensor x = ops.embed(tokens, w.weight(0));
                    Tensor n = ops.rmsNorm(x, w.weight(1), 1e-3f);
                    Tensor q = ops.linear(n, w.weight(2));
                    ops.addLowRank(q, n, w.weight(3), w.weight(4), 0.5f);
                    ops.rope(q, 3, 4, rotation);
                    Tensor k = ops.rope(ops.linear(n, w.weight(5)), 1, 4, rotation);
                    Tensor v = ops.linear(n, w.weight(6));
                    ops.addLowRank(v, n, w.weight(7), w.weight(8), 2);
                    Tensor a = ops.linear(ops.attend(shape, 0, spans, q, k, v), w.weight(9));
                    Tensor h = ops.add(x, a);
                    Tensor m = ops.rmsNorm(h, w.weight(10), 1e-3f);
                    Tensor up = ops.linear(m, w.weight(12));
                    Tensor inner = ops.siluTimes(ops.linear(m, w.weight(11)), up);
                    Tensor out = ops.add(h, ops.linear(inner, w.weight(13)));
                    return ops.crossEntropy(ops.rows(out, wanted), w.weight(0), targets);
                },
                w -> {
                    Matrix x = Doubles.embed(tokens, w.get(0));
                    Matrix n = Doubles.rmsNorm(x, w.get(1), 1e-3f);
                    Matrix q = Doubles.linear(n, w.get(2));
                    q = Doubles.rope(Doubles.lowRank(q, n, w.get(3), w.get(4), 0.5), 3, 4, rotation);
                    Matrix k = Doubles.rope(Doubles.linear(n, w.get(5)), 1, 4, rotation);
                    Matrix v = Doubles.lowRank(Doubles.linear(n, w.get(6)), n, w.get(7), w.get(8), 2);
                    Matrix a = Doubles.linear(Doubles.attend(shape, spans, q, k, v), w.get(9));
                    Matrix h = Doubles.add(x, a);
                    Matrix m = Doubles.rmsNorm(h, w.get(10), 1e-3f);
                    Matrix up = Doubles.linear(m, w.get(12));
                    Matrix inner = Doubles.siluTimes(Doubles.linear(m, w.get(11)), up);
                    Matrix out = Doubles.add(h, Doubles.linear(inner, w.get(13)));
                    return Doubles.crossEntropy(Doubles.rows(out, wanted), w.get(0), targets);
                });
    }

    private GradientCheck block() {
        int dim = 9;
        return new GradientCheck(KernelChoice.of(tier).kernels(), arena).leaf(10, dim, 1)
                .leaf(1, dim, 1)
                .leaf(12, dim, 1)
                .leaf(2, dim, 1)
                .leaf(12, 2, 1)
                .leaf(4, dim, 1)
                .leaf(4, dim, 1)
                .leaf(1, dim, 1)
                .leaf(4, 1, 1)
                .leaf(dim, 12, 1)
                .leaf(1, dim, 1)
                .leaf(11, dim, 1)
                .leaf(11, dim, 1)
                .leaf(dim, 11, 1);
    }
}
