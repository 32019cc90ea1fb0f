package dev.vesper.cli;

import dev.vesper.llm.Backend;
import dev.vesper.llm.ModelFile;
import dev.vesper.llm.Scorer;
import dev.vesper.llm.arch.Model;
import java.util.Arrays;
import java.util.Locale;

/**
 * How far the logits of an exported adapter or model are from those of the original on a few token ids: the proof, after
 * it was read back, that it is what it should be.
 *
 * @param positions compared, each over the whole vocabulary
 * @param largest difference; NaN if a logit is none
 * @param largestLogit of the original, for comparison
 */
record LogitsDifference(int positions, double largest, double largestLogit) {
    private static final int TOKENS = 16;

    /** More than rounding can do, less than anything else does. */
    private static final double ROUNDING = 1e-3;

    /** Compares on the beginning of a text and ids from all over the vocabulary. */
    static LogitsDifference of(ModelFile file, Model original, Model exported, Backend backend) {
        int vocabulary = original.shape().vocabulary();
        int[] beginning = file.promptTokens("");
        int[] tokens = Arrays.copyOf(beginning, Math.min(TOKENS, original.shape().contextLength()));
        for (int i = beginning.length; i < tokens.length; i++) {
            tokens[i] = (int) ((long) i * vocabulary / tokens.length);
        }
        float[] expected = new float[tokens.length * vocabulary];
        int[] rows = new int[2];
        double[] largest = new double[2];
        new Scorer(original, backend).logits(tokens, (logits, offset, count) -> {
            System.arraycopy(logits, offset, expected, rows[0]++ * vocabulary, vocabulary);
            for (int i = 0; i < vocabulary; i++) {
                largest[1] = Math.max(largest[1], Math.abs(logits[offset + i]));
            }
        });
        new Scorer(exported, backend).logits(tokens, (logits, offset, count) -> {
            int at = rows[1]++ * vocabulary;
            for (int i = 0; i < vocabulary; i++) {
                largest[0] = Math.max(largest[0], Math.abs(logits[offset + i] - expected[at + i]));
            }
        });
        return new LogitsDifference(tokens.length, largest[0], largest[1]);
    }

    /** Whether both are the same but for rounding. */
    boolean same() {
        return largest <= ROUNDING * Math.max(1, largestLogit);
    }

    /** @throws IllegalStateException if they are not the same but for rounding */
    LogitsDifference requireSame(Object exported) {
        if (!same()) {
            throw new IllegalStateException(
                    "%s was written, but does not do what it should: %s".formatted(exported, text()));
        }
        return this;
    }

    String text() {
        return String.format(Locale.ROOT,
                "logits of %d positions differ by %.3g at most, of logits up to %.3g", positions, largest,
                largestLogit);
    }
}
