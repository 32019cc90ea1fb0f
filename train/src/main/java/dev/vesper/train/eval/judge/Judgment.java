package dev.vesper.train.eval.judge;

import java.util.List;

/**
 * What was said of the replies to one question.
 *
 * @param place of the question
 * @param candidate the reply of the model that is evaluated
 * @param against the reply of the one it is compared with
 */
public record Judgment(String place, String question, String candidate, String against, Verdict verdict) {

    /** Which was better. */
    public enum Verdict {
        WIN,
        LOSS,
        TIE,
        /** Both replies are the same, so nobody was asked. */
        SAME,
        /** Nobody could say. */
        SKIPPED
    }

    /** How many of each there are; the same replies count as ties. */
    public record Tally(int wins, int losses, int ties, int same, int skipped) {
        /** Counts. */
        public static Tally of(List<Judgment> judgments) {
            int[] counts = new int[Verdict.values().length];
            judgments.forEach(judgment -> counts[judgment.verdict().ordinal()]++);
            return new Tally(
                    counts[Verdict.WIN.ordinal()], counts[Verdict.LOSS.ordinal()],
                    counts[Verdict.TIE.ordinal()] + counts[Verdict.SAME.ordinal()], counts[Verdict.SAME.ordinal()],
                    counts[Verdict.SKIPPED.ordinal()]);
        }

        /** Those that one of the two won. */
        public int decided() {
            return wins + losses;
        }
    }
}
