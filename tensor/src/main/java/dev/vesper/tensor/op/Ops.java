package dev.vesper.tensor.op;

import dev.vesper.tensor.AttentionShape;
import dev.vesper.tensor.Scratch;
import dev.vesper.tensor.Tensor;
import dev.vesper.tensor.Weight;
import dev.vesper.tensor.Workers;
import dev.vesper.tensor.Workspace;
import dev.vesper.tensor.kernel.Kernels;
import java.util.List;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * The verbs that models are written in. Owns what models must not know of: buffers, threads and, when training, the
 * tape. One pass at a time: {@link #begin()}, the verbs, and when training {@link #backward()}. Tensors are valid until
 * the next {@code begin}. Not thread-safe.
 */
public final class Ops {
    /** Multiply-adds below which handing work to other threads costs more than it brings. */
    private static final long SMALL = 1 << 15;

    private final Kernels kernels;
    private final Workers workers;
    private final Workspace passes = new Workspace();
    private final Scratch[] scratch;
    private final Tasks tasks;
    private final @Nullable Tape tape;
    private final @Nullable Recompute recompute;
    private final Tensor[] kept = {Tensor.zeros(0, 0), Tensor.zeros(0, 0)};

    /** Where tensors are taken from: the pass's own buffers, or those of the block that is being computed again. */
    private Workspace workspace = passes;

    private Ops(
            Kernels kernels, Workers workers, Scratch[] scratch, @Nullable Tape tape, @Nullable Recompute recompute) {
        this.kernels = kernels;
        this.workers = workers;
        this.scratch = scratch;
        this.tasks = new Tasks(kernels, scratch);
        this.tape = tape;
        this.recompute = recompute;
    }

    /** For running models: nothing is recorded. */
    public static Ops forInference(Kernels kernels, Workers workers) {
        return new Ops(kernels, workers, scratch(workers), null, null);
    }

    /** For training: what leads to the tape's parameters is recorded. */
    public static Ops forTraining(Kernels kernels, Workers workers, Tape tape) {
        return new Ops(kernels, workers, scratch(workers), tape, null);
    }

    /**
     * For training in little memory: of a block only the output is kept, and all within it is computed again when the
     * backward pass gets there. The same bits, for about a forward pass more of time.
     */
    public static Ops forTrainingInLittleMemory(Kernels kernels, Workers workers, Tape tape) {
        return new Ops(kernels, workers, scratch(workers), tape, new Recompute(tape));
    }

    private static Scratch[] scratch(Workers workers) {
        var all = new Scratch[workers.threads()];
        java.util.Arrays.setAll(all, worker -> new Scratch());
        return all;
    }

    /** Starts a pass: all tensors of the last one become invalid. */
    public void begin() {
        // An operation that failed within a block may have left its buffers in place.
        workspace = passes;
        workspace.release(0);
        if (tape != null) {
            tape.clear();
        }
        if (recompute != null) {
            recompute.begin();
        }
    }

    /** Runs what this pass recorded backwards: the gradients of the parameters grow by those of the recorded losses. */
    public void backward() {
        if (tape == null) {
            throw new IllegalStateException("these operations record nothing: there is no tape");
        }
        tape.backward();
    }

    /** Room for the angles of so many rows, which must be filled in before they are used. */
    public Rotation rotation(int rows, int pairs) {
        return new Rotation(pairs, take(rows, pairs).data(), take(rows, pairs).data());
    }

    /** Rows {@code tokens} of the embedding: {@code [tokens, dim]}. */
    public Tensor embed(int[] tokens, Weight embedding) {
        return Embed.forward(this, tokens, embedding);
    }

    /** {@code x · weightᵀ}: {@code [tokens, in]} to {@code [tokens, out]}. */
    public Tensor linear(Tensor x, Weight weight) {
        return Linear.forward(this, x, weight);
    }

    /**
     * {@code y += scale · up · down · x}, in place (low-rank adaptation, Hu et al. 2021).
     *
     * @param y {@code [tokens, out]}, just made by {@link #linear} and used by nothing yet
     * @param down {@code A}, {@code [rank, in]}
     * @param up {@code B}, {@code [out, rank]}
     * @return {@code y}
     */
    public Tensor addLowRank(Tensor y, Tensor x, Weight down, Weight up, float scale) {
        return LowRank.forward(this, y, x, down, up, scale);
    }

    /** Root-mean-square norm of each row, times the gain {@code [1, dim]}. */
    public Tensor rmsNorm(Tensor x, Weight gain, float epsilon) {
        return RmsNorm.forward(this, x, gain, epsilon);
    }

    /**
     * Rotates pairs of elements of each head, in place.
     *
     * @param x just made by {@link #linear} or {@link #rmsNorm} and used by nothing yet
     * @return {@code x}, {@code [tokens, heads * headSize]}
     */
    public Tensor rope(Tensor x, int heads, int headSize, Rotation rotation) {
        return Rope.forward(this, x, heads, headSize, rotation);
    }

    /**
     * Causal grouped-query attention, each span for itself. Keys and values of spans that have a cache are stored there
     * first.
     *
     * @param query {@code [tokens, heads * headSize]}
     * @param key {@code [tokens, keyValueHeads * headSize]}, and so {@code value}
     */
    public Tensor attend(AttentionShape shape, int layer, List<Span> spans, Tensor query, Tensor key, Tensor value) {
        return Attend.forward(this, shape, layer, spans, query, key, value);
    }

    /** {@code silu(gate) * up}, element by element (SwiGLU, Shazeer 2020). */
    public Tensor siluTimes(Tensor gate, Tensor up) {
        return SiluTimes.forward(this, gate, up);
    }

    /** {@code a + b}. */
    public Tensor add(Tensor a, Tensor b) {
        return Add.forward(this, a, b);
    }

    /** Some rows of {@code x}, in the given order. */
    public Tensor rows(Tensor x, int[] rows) {
        return Rows.forward(this, x, rows);
    }

    /**
     * Sum over the rows of the cross-entropy between {@code softmax(x · outputᵀ)} and the targets, in nats. The logits
     * of a few rows at a time exist, never all of them. Recorded as a loss when training; the gradient of a trained
     * {@code output} grows at once, so a loss that is only to be looked at belongs to operations without a tape.
     *
     * @param x {@code [rows, dim]}
     * @param output {@code [vocabulary, dim]}
     * @param targets a token for each row
     */
    public double crossEntropy(Tensor x, Weight output, int[] targets) {
        return crossEntropy(x, output, targets, new double[targets.length]);
    }

    /** The same, and the loss of each row is written to {@code losses}. */
    public double crossEntropy(Tensor x, Weight output, int[] targets, double[] losses) {
        return crossEntropy(x, output, targets, CrossEntropy.ones(targets.length), losses);
    }

    /**
     * The same with a weight for each row in the sum and so in the gradient; {@code losses} get those of the rows
     * before weighting.
     */
    public double crossEntropy(Tensor x, Weight output, int[] targets, float[] weights, double[] losses) {
        return CrossEntropy.forward(this, x, output, targets, weights, losses);
    }

    /**
     * The blocks of a model, one after the other: {@code body} applied to each and to what comes before it. Without a tape
     * the buffers of a body are used again by the next, so that memory does not grow with depth.
     */
    public <B> Tensor blocks(Tensor input, List<B> blocks, BiFunction<B, Tensor, Tensor> body) {
        Tensor x = input;
        for (int i = 0; i < blocks.size(); i++) {
            x = block(x, blocks.get(i), body);
        }
        return x;
    }

    private <B> Tensor block(Tensor input, B block, BiFunction<B, Tensor, Tensor> body) {
        if (recompute != null) {
            return recompute.block(this, input, x -> body.apply(block, x));
        }
        if (tape != null) {
            return body.apply(block, input);
        }
        int mark = workspace.mark();
        Tensor output = body.apply(block, input);
        Tensor kept = keep(output, input);
        workspace.release(mark);
        return kept;
    }

    /** Copies {@code output} to where the next block does not write; the two places alternate. */
    private Tensor keep(Tensor output, Tensor input) {
        int place = input == kept[0] ? 1 : 0;
        Tensor target = kept[place];
        if (target.rows() != output.rows() || target.columns() != output.columns()) {
            target = target.data().length >= output.size()
                    ? new Tensor(target.data(), output.rows(), output.columns())
                    : Tensor.zeros(output.rows(), output.columns());
            kept[place] = target;
        }
        System.arraycopy(output.data(), 0, target.data(), 0, output.size());
        return target;
    }

    /** Bytes of the buffers held: activations, and gradients when training. */
    public long bytes() {
        long bytes = passes.bytes() + (tape == null ? 0 : tape.bytes()) + (recompute == null ? 0 : recompute.bytes());
        for (Tensor tensor : kept) {
            bytes += (long) tensor.data().length * Float.BYTES;
        }
        return bytes;
    }

    // What the operations of this package are made from.

    Kernels kernels() {
        return kernels;
    }

    @Nullable
    Tape tape() {
        return tape;
    }

    Tasks tasks() {
        return tasks;
    }

    Workspace workspace() {
        return workspace;
    }

    /** Takes tensors from there until told otherwise; returns where they were taken from. */
    Workspace takeFrom(Workspace other) {
        Workspace before = workspace;
        workspace = other;
        return before;
    }

    Tensor take(int rows, int columns) {
        return workspace.take(rows, columns);
    }

    int threads() {
        return workers.threads();
    }

    Scratch scratch(int worker) {
        return scratch[worker];
    }

    /** Shares out {@code [0, count)}, unless all of it is less work than waking a thread. */
    void parallel(int count, int grain, long multiplyAdds, Workers.Task task) {
        if (multiplyAdds < SMALL || workers.threads() == 1) {
            if (count > 0) {
                task.run(0, count, 0);
            }
        } else {
            workers.run(count, grain, task);
        }
    }

    static void check(boolean holds, String operation, Object expected, Object got) {
        if (!holds) {
            throw mismatch(operation, expected, got);
        }
    }

    /** For where a check runs with every token: the words of an error are put together only if there is one. */
    static IllegalArgumentException mismatch(String operation, Object expected, Object got) {
        return new IllegalArgumentException("%s: expected %s, got %s".formatted(operation, expected, got));
    }
}
