package dev.vesper.train.eval;

import dev.vesper.llm.BatchScorer.Marked;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How well a model predicts rows.
 *
 * @param places where each row stands
 * @param nats the negative log-likelihood of each
 * @param tokens predicted in each
 * @param bytes that these spell
 */
public record Losses(List<String> places, double[] nats, double[] tokens, double[] bytes) {

    /** Measures a model on rows; those of one place count as one. */
    public static Losses measure(Subject subject, List<EvalRow> rows, String what, EvalListener listener) {
        List<Marked> sequences = rows.stream().map(EvalRow::sequence).toList();
        List<double[]> losses = Scoring.losses(subject, sequences, what, listener);
        Map<String, double[]> places = new LinkedHashMap<>();
        for (int i = 0; i < rows.size(); i++) {
            double[] sums = places.computeIfAbsent(rows.get(i).place(), place -> new double[3]);
            sums[0] += Arrays.stream(losses.get(i)).sum();
            sums[1] += losses.get(i).length;
            sums[2] += rows.get(i).bytes();
        }
        return new Losses(List.copyOf(places.keySet()), column(places, 0), column(places, 1), column(places, 2));
    }

    private static double[] column(Map<String, double[]> places, int index) {
        return places.values().stream().mapToDouble(sums -> sums[index]).toArray();
    }

    public int rows() {
        return places.size();
    }

    /**
     * Two models on the same rows.
     *
     * @param perToken whether losses are per token; models that cut the rows into other tokens can only be compared per byte
     * @param second empty if there is but one model
     */
    public record Compared(boolean perToken, Losses first, List<Losses> second) {

        /** @param losses of one model or two */
        public static Compared of(List<Losses> losses) {
            Losses first = losses.getFirst();
            List<Losses> others = losses.subList(1, losses.size());
            for (Losses other : others) {
                if (!other.places.equals(first.places)) {
                    throw new IllegalArgumentException(
                            "two models can only be compared on the same rows, got %d and %d"
                                    .formatted(first.rows(), other.rows()));
                }
            }
            boolean perToken = others.stream().allMatch(other -> Arrays.equals(other.tokens, first.tokens));
            return new Compared(perToken, first, others);
        }

        /** For each row what its loss is shared out over: the same for both models. */
        public double[] weights() {
            return perToken ? first.tokens : first.bytes;
        }

        /** The mean loss of each model. */
        public List<Estimate> means(Bootstrap bootstrap) {
            List<Estimate> means = new ArrayList<>(List.of(bootstrap.mean(first.nats, weights())));
            second.forEach(other -> means.add(bootstrap.mean(other.nats, weights())));
            return means;
        }

        /** For each row the loss of the first less that of the second, in nats. */
        public double[] differences() {
            double[] differences = first.nats.clone();
            for (int i = 0; i < differences.length; i++) {
                differences[i] -= second.getFirst().nats[i];
            }
            return differences;
        }

        /** The difference of the means, from rows in pairs: what is hard for both does not blur it. */
        public Estimate difference(Bootstrap bootstrap) {
            return bootstrap.mean(differences(), weights());
        }
    }
}
