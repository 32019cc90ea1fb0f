package dev.vesper.cli;

import dev.vesper.llm.Backend;
import dev.vesper.llm.ModelFile;
import dev.vesper.llm.Scorer;
import java.io.PrintWriter;
import java.util.Arrays;

/**
 * How far a quantised model is from its original on a text: perplexity of both, and the Kullback-Leibler divergence of
 * the distributions of the next token, original against quantised, in nats.
 *
 * <p>The text is cut into windows; each begins with the token for the beginning of a text, and its first token is not
 * counted.
 */
final class Divergence {
    /** Tokens of a window, if the logits of one fit. */
    private static final int WINDOW = 512;

    private static final long MOST_LOGITS = 64L << 20;

    private final int vocabulary;
    private double lossBefore;
    private double lossAfter;
    private double sum;
    private double largest;
    private long sameChoice;
    private long predicted;

    private Divergence(int vocabulary) {
        this.vocabulary = vocabulary;
    }

    /**
     * What was measured.
     *
     * @param sameChoice share of the positions at which both find the same token most likely
     */
    record Result(
            long predicted, int windows, int window, double perplexityBefore, double perplexityAfter,
            double meanDivergence, double largestDivergence, double sameChoice) {}

    static Result measure(ModelFile before, ModelFile after, byte[] text, Backend backend, PrintWriter err) {
        return measure(before, new Scorer(before.model(), backend), new Scorer(after.model(), backend), text, err);
    }

    /** Two ways of scoring, of models with the vocabulary of {@code before}. */
    static Result measure(ModelFile before, Scorer original, Scorer compared, byte[] text, PrintWriter err) {
        int vocabulary = before.model().shape().vocabulary();
        int context = before.model().shape().contextLength();
        int window = Math.clamp(MOST_LOGITS / vocabulary, 32, Math.min(WINDOW, context));
        int[] beginning = before.promptTokens("");
        int[] tokens = before.tokenizer().encode(text, false);
        int step = window - beginning.length;
        Divergence divergence = new Divergence(vocabulary);
        int windows = 0;
        try (Progress progress = Progress.of("compared", "tokens", tokens.length, err)) {
            for (int from = 0; from < tokens.length; from += step) {
                int[] piece = Arrays.copyOfRange(tokens, from, Math.min(from + step, tokens.length));
                int[] all = Arrays.copyOf(beginning, beginning.length + piece.length);
                System.arraycopy(piece, 0, all, beginning.length, piece.length);
                if (all.length > 1) {
                    divergence.add(original, compared, all);
                    windows++;
                }
                progress.add(piece.length);
            }
        }
        if (divergence.predicted == 0) {
            throw new IllegalArgumentException("nothing to compare: a text of at least two tokens is needed");
        }
        return divergence.result(windows, window);
    }

    private Result result(int windows, int window) {
        return new Result(
                predicted,
                windows,
                window,
                Math.exp(lossBefore / predicted),
                Math.exp(lossAfter / predicted),
                sum / predicted,
                largest,
                (double) sameChoice / predicted);
    }

    private void add(Scorer before, Scorer after, int[] tokens) {
        float[] logits = new float[tokens.length * vocabulary];
        int[] rows = new int[2];
        before.logits(tokens, (row, offset, count) -> System.arraycopy(
                row, offset, logits, rows[0]++ * vocabulary, vocabulary));
        after.logits(tokens, (row, offset, count) -> {
            int position = rows[1]++;
            if (position + 1 < tokens.length) {
                compare(logits, position * vocabulary, row, offset, tokens[position + 1]);
            }
        });
    }

    private void compare(float[] before, int beforeAt, float[] after, int afterAt, int next) {
        double beforeSum = logSumExp(before, beforeAt);
        double afterSum = logSumExp(after, afterAt);
        double divergence = 0;
        int beforeChoice = 0;
        int afterChoice = 0;
        for (int i = 0; i < vocabulary; i++) {
            double likelihood = before[beforeAt + i] - beforeSum;
            divergence += Math.exp(likelihood) * (likelihood - (after[afterAt + i] - afterSum));
            beforeChoice = before[beforeAt + i] > before[beforeAt + beforeChoice] ? i : beforeChoice;
            afterChoice = after[afterAt + i] > after[afterAt + afterChoice] ? i : afterChoice;
        }
        lossBefore += beforeSum - before[beforeAt + next];
        lossAfter += afterSum - after[afterAt + next];
        sum += divergence;
        largest = Math.max(largest, divergence);
        sameChoice += beforeChoice == afterChoice ? 1 : 0;
        predicted++;
    }

    private double logSumExp(float[] logits, int at) {
        double max = Double.NEGATIVE_INFINITY;
        for (int i = at; i < at + vocabulary; i++) {
            max = Math.max(max, logits[i]);
        }
        double sum = 0;
        for (int i = at; i < at + vocabulary; i++) {
            sum += Math.exp(logits[i] - max);
        }
        return max + Math.log(sum);
    }
}
