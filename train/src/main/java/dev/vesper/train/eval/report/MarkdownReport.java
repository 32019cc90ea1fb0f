package dev.vesper.train.eval.report;

import java.util.Map;

/** A report in Markdown, with tables in place of pictures. */
public final class MarkdownReport {
    private MarkdownReport() {}

    /** The whole text. */
    public static String of(Report report) {
        StringBuilder text = new StringBuilder();
        text.append("# ").append(line(report.title())).append("\n\n");
        text.append("| | | files |\n|---|---|---|\n");
        for (Report.Party party : report.parties()) {
            String files = party.adapters().isEmpty()
                    ? party.model()
                    : party.model() + " with " + String.join(", ", party.adapters());
            row(text, party.role(), party.name(), files);
        }
        text.append("\n").append(report.created()).append(", with\n\n    ").append(report.command()).append("\n");
        for (Section section : report.sections()) {
            section(text, section);
        }
        text.append("\n## Settings\n\n| | |\n|---|---|\n");
        for (Map.Entry<String, String> setting : report.settings().entrySet()) {
            row(text, setting.getKey(), setting.getValue());
        }
        return text.toString();
    }

    private static void section(StringBuilder text, Section section) {
        text.append("\n## ").append(line(section.title())).append("\n\n").append(line(section.about())).append("\n\n");
        for (Section.Line summary : section.summary()) {
            text.append("**").append(line(summary.text())).append("**\n\n");
        }
        text.append("| what | of | value | interval | n | method |\n|---|---|---|---|---|---|\n");
        for (Figure figure : section.figures()) {
            row(text, figure.label(), figure.of(), figure.value(), figure.interval(),
                    Integer.toString(figure.estimate().n()), figure.method());
        }
        text.append("\n");
        for (String note : section.notes()) {
            text.append("- ").append(line(note)).append("\n");
        }
    }

    private static void row(StringBuilder text, String... cells) {
        for (String cell : cells) {
            text.append("| ").append(line(cell).replace("|", "\\|")).append(' ');
        }
        text.append("|\n");
    }

    /** What comes from files' names must not make headings, emphasis or markup of its own. */
    private static String line(String text) {
        return text.replaceAll("\\s*\\R\\s*", " ")
                .replace("\\", "\\\\")
                .replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace("*", "\\*")
                .replace("_", "\\_")
                .replace("`", "\\`")
                .replace("#", "\\#");
    }
}
