package dev.vesper.train.eval.report;

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
        List<String> summary,
        List<String> notes,
        List<Plot> plots) {
    public Section {
        figures = List.copyOf(figures);
        summary = List.copyOf(summary);
        notes = List.copyOf(notes);
        plots = List.copyOf(plots);
    }
}
