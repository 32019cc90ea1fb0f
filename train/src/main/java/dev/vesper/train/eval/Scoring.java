package dev.vesper.train.eval;

import dev.vesper.llm.BatchScorer;
import dev.vesper.llm.BatchScorer.Marked;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.BiFunction;

/** Sends many sequences through a model, as many at a time as are good for its speed. */
public final class Scoring {
    /** Positions in a pass: enough to make the most of each weight that is read, and little memory. */
    private static final int TOGETHER = 2048;

    private Scoring() {}

    /** The negative log-likelihood of the marked tokens of each sequence, in nats. */
    public static List<double[]> losses(
            Subject subject, List<Marked> sequences, String what, EvalListener listener) {
        return inPasses(subject, sequences, what, listener, BatchScorer::losses);
    }

    /** For the marked tokens of each sequence, whether the model finds them the likeliest. */
    public static List<boolean[]> likeliest(
            Subject subject, List<Marked> sequences, String what, EvalListener listener) {
        return inPasses(subject, sequences, what, listener, BatchScorer::likeliest);
    }

    private static <T> List<T> inPasses(
            Subject subject,
            List<Marked> sequences,
            String what,
            EvalListener listener,
            BiFunction<BatchScorer, List<Marked>, List<T>> pass) {
        listener.begins("%s, %s".formatted(what, subject.name()), "tokens",
                sequences.stream().mapToLong(Marked::inputs).sum());
        try {
            List<T> results = new ArrayList<>(sequences.size());
            for (int from = 0; from < sequences.size();) {
                int to = from + 1;
                int inputs = sequences.get(from).inputs();
                while (to < sequences.size() && inputs + sequences.get(to).inputs() <= TOGETHER) {
                    inputs += sequences.get(to++).inputs();
                }
                if (Thread.interrupted()) {
                    Thread.currentThread().interrupt();
                    throw new CancellationException("interrupted while scoring");
                }
                results.addAll(pass.apply(subject.scorer(), sequences.subList(from, to)));
                listener.advanced(inputs);
                from = to;
            }
            return results;
        } finally {
            listener.ends();
        }
    }
}
