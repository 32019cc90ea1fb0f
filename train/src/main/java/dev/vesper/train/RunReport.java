package dev.vesper.train;

import dev.vesper.llm.file.AtomicFiles;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/** A page about a run, as HTML and as Markdown, made from what its folder says. */
public final class RunReport {
    private static final String STYLE = """
            :root { color-scheme: light dark }
            body { font: 16px/1.5 system-ui, sans-serif; max-width: 48rem; margin: 2rem auto; padding: 0 1rem }
            table { border-collapse: collapse; width: 100% } td, th { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0;
            border-bottom: 1px solid #8884 } th { font-weight: 600; white-space: nowrap } pre, td.code { white-space: pre-wrap;
            overflow-wrap: anywhere; font: 14px/1.45 ui-monospace, monospace } svg { width: 100%; height: auto } h2 { margin-top: 2rem }
            """;

    private final PastRun run;
    private final List<Sample> samples;

    private RunReport(PastRun run, List<Sample> samples) {
        this.run = run;
        this.samples = samples;
    }

    /** Writes {@code report.html} and {@code report.md} into the run's folder. */
    public static void write(PastRun run) {
        RunReport report = new RunReport(run, run.samples());
        AtomicFiles.write(run.directory().report("html"), report.html());
        AtomicFiles.write(run.directory().report("md"), report.markdown());
    }

    /** The page as Markdown, without the picture. */
    public static String text(PastRun run) {
        return new RunReport(run, run.samples()).markdown();
    }

    /** What is said of the run at the top, by name. */
    private Map<String, String> summary() {
        Map<String, String> summary = new LinkedHashMap<>();
        String ending = run.record().path("figures").path("ending").asString("");
        summary.put("status", ending.equals("no_progress") || ending.equals("time")
                ? "%s (%s)".formatted(run.status(), ending.replace('_', ' '))
                : run.advice());
        summary.put("base", run.record().path("model").asString(""));
        summary.put("data", "%s: %s rows to learn from, %s held out, %s refused, %s truncated".formatted(
                data("file"), data("rows"), data("held_out_rows"), data("rows_refused"), data("truncated_rows")));
        summary.put("tokens",
                "%s in an epoch, of which %s are learnt".formatted(data("tokens"), data("learnt_tokens")));
        figure("held_out_loss_best").ifPresent(best -> summary.put("held-out loss", String.format(
                Locale.ROOT, "%.4f before, %.4f at best (step %.0f of %.0f)",
                figure("held_out_loss_at_start").orElse(Double.NaN), best, figure("best_step").orElse(Double.NaN),
                figure("total_steps").orElse(Double.NaN))));
        figure("seconds").ifPresent(seconds -> summary.put("time", String.format(
                Locale.ROOT, "%.0f s, %.0f tokens/s, peak memory %.0f MiB", seconds,
                figure("tokens_per_second").orElse(Double.NaN),
                figure("peak_memory_bytes").orElse(Double.NaN) / (1 << 20))));
        summary.put("machine", "%s, %s processors".formatted(
                run.record().path("machine").path("processor").asString(""),
                run.record().path("machine").path("processors")));
        return summary;
    }

    private OptionalDouble figure(String name) {
        return run.figure(name);
    }

    private String data(String name) {
        return run.record().path("data").path(name).asString();
    }

    /** Answers by prompt, in order. */
    private Map<String, List<Sample>> byPrompt() {
        Map<String, List<Sample>> byPrompt = new LinkedHashMap<>();
        samples.forEach(sample -> byPrompt.computeIfAbsent(sample.prompt(), key -> new ArrayList<>()).add(sample));
        return byPrompt;
    }

    private String markdown() {
        StringBuilder page = new StringBuilder("# ").append(run.name()).append("\n\n");
        summary().forEach((name, value) -> page.append("- **").append(name).append("**: ").append(value).append('\n'));
        if (Files.isRegularFile(run.directory().curve())) {
            page.append("\n![loss](loss.svg)\n");
        }
        if (Files.isRegularFile(run.directory().margins())) {
            page.append("\n![margin](margin.svg)\n");
        }
        if (!run.choices().isEmpty()) {
            page.append("\n## Chosen\n\n");
            run.choices().forEach(choice -> page.append("- ").append(choice).append('\n'));
        }
        if (!samples.isEmpty()) {
            page.append("\n## Samples\n");
            byPrompt().forEach((prompt, answers) -> {
                page.append('\n').append(indented(prompt)).append('\n');
                answers.forEach(answer -> page.append("- after step ").append(answer.step()).append(":\n\n")
                        .append(indented(answer.answer())).append('\n'));
            });
        }
        page.append("\n## Settings\n\n| setting | value |\n|---|---|\n");
        run.settings()
                .forEach((name, value) -> page.append("| ").append(name).append(" | ").append(value).append(" |\n"));
        return page.toString();
    }

    private static String indented(String text) {
        return text.lines().map(line -> "    " + line + "\n").reduce("", String::concat);
    }

    private String html() {
        StringBuilder page = new StringBuilder("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">")
                .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>")
                .append(escaped(run.name())).append("</title>\n<style>\n").append(STYLE)
                .append("</style></head>\n<body>\n<h1>")
                .append(escaped(run.name())).append("</h1>\n<table>\n");
        summary().forEach((name, value) -> row(page, name, value, ""));
        page.append("</table>\n");
        run.curve().ifPresent(curve -> page.append("<h2>Loss</h2>\n").append(LossSvg.of(curve)));
        run.curve()
                .filter(curve -> !curve.heldOutMargins().isEmpty())
                .ifPresent(curve -> page.append("<h2>Margin</h2>\n").append(LossSvg.ofMargins(curve)));
        if (!run.choices().isEmpty()) {
            page.append("<h2>Chosen</h2>\n<ul>\n");
            run.choices().forEach(choice -> page.append("<li>").append(escaped(choice)).append("</li>\n"));
            page.append("</ul>\n");
        }
        if (!samples.isEmpty()) {
            page.append("<h2>Samples</h2>\n");
            byPrompt().forEach((prompt, answers) -> {
                page.append("<pre>").append(escaped(prompt)).append("</pre>\n<table>\n");
                answers.forEach(answer -> row(page, "step " + answer.step(), answer.answer(), " class=\"code\""));
                page.append("</table>\n");
            });
        }
        page.append("<h2>Settings</h2>\n<table>\n");
        run.settings().forEach((name, value) -> row(page, name, value, " class=\"code\""));
        return page.append("</table>\n</body></html>\n").toString();
    }

    private static void row(StringBuilder page, String name, String value, String kind) {
        page.append("<tr><th scope=\"row\">").append(escaped(name)).append("</th><td").append(kind).append('>')
                .append(escaped(value)).append("</td></tr>\n");
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
    }
}
