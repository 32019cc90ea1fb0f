package dev.vesper.train.eval.report;

import dev.vesper.train.eval.Verdict;
import java.util.List;

/**
 * One thing that was measured.
 *
 * @param key for programs, such as {@code held_out}
 * @param about what it is, in a sentence or two
 * @param summary what came out, in a line each
 * @param notes what a reader should know
 */
public record Section(
        String key,
        String title,
        String about,
        List<Figure> figures,
        List<Line> summary,
        List<String> notes,
        List<Plot> plots) {

    /**
     * A line of what came out.
     *
     * @param verdicts what it says of a difference; empty if it does not
     */
    public record Line(String text, List<Verdict> verdicts) {
        public Line {
            verdicts = List.copyOf(verdicts);
        }

        /** A line that tells no difference. */
        public static Line of(String text) {
            return new Line(text, List.of());
        }

        /** The same line behind these words. */
        public Line after(String words) {
            return new Line(words + text, verdicts);
        }
    }

    public Section {
        figures = List.copyOf(figures);
        summary = List.copyOf(summary);
        notes = List.copyOf(notes);
        plots = List.copyOf(plots);
    }
}
