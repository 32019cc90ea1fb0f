package dev.vesper.llm;

import dev.vesper.llm.arch.Model;
import dev.vesper.llm.layer.Batch;
import dev.vesper.tensor.Tensor;
import dev.vesper.tensor.op.KeyValueCache;
import dev.vesper.tensor.op.Ops;
import dev.vesper.tensor.op.Span;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How a model judges some tokens of many sequences, which go through it together, end to end; each attends to itself only,
 * and is judged as it would be alone, to the bit. One thread at a time.
 */
public final class BatchScorer {
    /** Floats of logits that exist at a time, about: 32 MB. */
    private static final int LOGITS = 8 << 20;

    private final Model model;
    private final Ops ops;

    public BatchScorer(Model model, Backend backend) {
        this.model = model;
        this.ops = backend.inference();
    }

    /**
     * A sequence, and which of its tokens are asked about.
     *
     * @param tokens two or more
     * @param marked for each token, whether it is asked about; never the first, which nothing stands before
     */
    public record Marked(int[] tokens, boolean[] marked) {
        public Marked {
            if (tokens.length < 2 || marked.length != tokens.length || marked[0]) {
                throw new IllegalArgumentException(
                        "a sequence of %d tokens with %d marks cannot be scored: two or more are needed, the first unmarked"
                                .formatted(tokens.length, marked.length));
            }
        }

        /** A sequence that is asked about from this token on. */
        public static Marked from(int[] tokens, int first) {
            boolean[] marked = new boolean[tokens.length];
            Arrays.fill(marked, first, marked.length, true);
            return new Marked(tokens, marked);
        }

        /** Positions that the model computes: all tokens but the last. */
        public int inputs() {
            return tokens.length - 1;
        }

        /** Tokens that are asked about. */
        public int count() {
            int count = 0;
            for (boolean one : marked) {
                count += one ? 1 : 0;
            }
            return count;
        }
    }

    /**
     * The negative log-likelihood of each marked token, in nats, given those before it.
     *
     * @throws IllegalArgumentException if a sequence is longer than the model's context
     */
    public List<double[]> losses(List<Marked> sequences) {
        int[] targets = targets(sequences);
        double[] losses = new double[targets.length];
        if (targets.length > 0) {
            ops.begin();
            model.loss(ops, model.hidden(ops, batch(sequences, targets.length)), targets, losses);
        }
        List<double[]> split = new ArrayList<>();
        int at = 0;
        for (Marked sequence : sequences) {
            split.add(Arrays.copyOfRange(losses, at, at + sequence.count()));
            at += sequence.count();
        }
        return split;
    }

    /**
     * For each marked token, whether it is the likeliest given those before it, the first of equals: what the model would
     * write if it always took the likeliest, as long as it has written nothing else before.
     *
     * @throws IllegalArgumentException if a sequence is longer than the model's context
     */
    public List<boolean[]> likeliest(List<Marked> sequences) {
        int[] targets = targets(sequences);
        boolean[] hits = new boolean[targets.length];
        if (targets.length > 0) {
            ops.begin();
            Tensor hidden = model.hidden(ops, batch(sequences, targets.length));
            // a copy, as the memory of this pass is taken again for each of the next
            compare(Arrays.copyOf(hidden.data(), hidden.size()), hidden.columns(), targets, hits);
        }
        List<boolean[]> split = new ArrayList<>();
        int at = 0;
        for (Marked sequence : sequences) {
            split.add(Arrays.copyOfRange(hits, at, at + sequence.count()));
            at += sequence.count();
        }
        return split;
    }

    private void compare(float[] hidden, int columns, int[] targets, boolean[] hits) {
        int vocabulary = model.shape().vocabulary();
        int chunk = Math.max(1, LOGITS / vocabulary);
        for (int from = 0; from < targets.length; from += chunk) {
            int rows = Math.min(chunk, targets.length - from);
            ops.begin();
            float[] part = Arrays.copyOfRange(hidden, from * columns, (from + rows) * columns);
            Tensor logits = model.logits(ops, new Tensor(part, rows, columns));
            for (int row = 0; row < rows; row++) {
                hits[from + row] = first(logits.data(), row * vocabulary, vocabulary) == targets[from + row];
            }
        }
    }

    private static int first(float[] logits, int offset, int count) {
        int best = 0;
        for (int i = 1; i < count; i++) {
            if (logits[offset + i] > logits[offset + best]) {
                best = i;
            }
        }
        return best;
    }

    private static int[] targets(List<Marked> sequences) {
        int[] targets = new int[sequences.stream().mapToInt(Marked::count).sum()];
        int at = 0;
        for (Marked sequence : sequences) {
            for (int i = 1; i < sequence.tokens().length; i++) {
                if (sequence.marked()[i]) {
                    targets[at++] = sequence.tokens()[i];
                }
            }
        }
        return targets;
    }

    private Batch batch(List<Marked> sequences, int count) {
        int context = model.shape().contextLength();
        int[] tokens = new int[sequences.stream().mapToInt(Marked::inputs).sum()];
        int[] wanted = new int[count];
        List<Span> spans = new ArrayList<>();
        int at = 0;
        int next = 0;
        for (Marked sequence : sequences) {
            int inputs = sequence.inputs();
            if (inputs > context) {
                throw new IllegalArgumentException(
                        "expected sequences of up to %d tokens and one to predict, the model's context, got %d"
                                .formatted(context, sequence.tokens().length));
            }
            System.arraycopy(sequence.tokens(), 0, tokens, at, inputs);
            spans.add(new Span(at, inputs, 0, KeyValueCache.NONE));
            for (int i = 0; i < inputs; i++) {
                if (sequence.marked()[i + 1]) {
                    wanted[next++] = at + i;
                }
            }
            at += inputs;
        }
        return new Batch(tokens, spans, wanted);
    }
}
