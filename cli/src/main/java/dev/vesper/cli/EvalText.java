package dev.vesper.cli;

import dev.vesper.train.eval.report.Figure;
import dev.vesper.train.eval.report.Report;
import dev.vesper.train.eval.report.Section;
import java.io.PrintWriter;

/** A report at the terminal: what came out first, then each number with its interval. */
final class EvalText {
    private EvalText() {}

    static void print(Report report, PrintWriter to) {
        to.println(report.title());
        for (Section section : report.sections()) {
            to.println();
            to.println(section.title());
            section.summary().forEach(line -> to.println("  " + line.text()));
            for (Figure figure : section.figures()) {
                to.printf(
                        "  %-44s %-16s [%s] n = %d, %s%n",
                        figure.of() + ": " + figure.label(), figure.value(), figure.interval(),
                        figure.estimate().n(), figure.method());
            }
            section.notes().forEach(note -> to.println("  - " + note));
        }
    }
}
