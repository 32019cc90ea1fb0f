package dev.vesper.train.eval.report;

import dev.vesper.train.eval.Verdict;
import java.util.Map;

/** A report as one page that needs nothing else: no script, no picture, no font from elsewhere. */
public final class HtmlReport {
    private static final String STYLE = """
            <style>
            :root { --page: #ffffff; --ink: #1f2328; --soft: #59636e; --grid: #d8dee4; --box: #f6f8fa;
              --first: #2563a8; --second: #b35900; --good: #1a7f37; --bad: #c1272d; --even: #8a939d }
            @media (prefers-color-scheme: dark) { :root { --page: #0d1117; --ink: #e6edf3; --soft: #9da7b3; --grid: #30363d;
              --box: #161b22; --first: #6cb0f5; --second: #f0a050; --good: #56c271; --bad: #ff7b72; --even: #6e7681 } }
            * { box-sizing: border-box }
            body { margin: 0 auto; padding: 1rem 1rem 3rem; max-width: 54rem; background: var(--page); color: var(--ink);
              font: 16px/1.5 system-ui, sans-serif; color-scheme: light dark }
            h1 { font-size: 1.6rem; line-height: 1.25; overflow-wrap: anywhere }
            h2 { font-size: 1.25rem; margin-top: 2.5rem; border-top: 1px solid var(--grid); padding-top: 1.25rem;
              overflow-wrap: anywhere }
            pre { background: var(--box); border: 1px solid var(--grid); border-radius: 6px; padding: .75rem;
              white-space: pre-wrap; overflow-wrap: anywhere; font-size: .85rem }
            .soft, .notes { color: var(--soft); font-size: .9rem }
            .verdict { border-left: 4px solid var(--even); background: var(--box); padding: .5rem .75rem; margin: .5rem 0;
              overflow-wrap: anywhere }
            .verdict.better { border-color: var(--good) } .verdict.worse { border-color: var(--bad) }
            .wide { overflow-x: auto }
            table { border-collapse: collapse; width: 100%; font-size: .9rem }
            th, td { text-align: left; padding: .35rem .6rem .35rem 0; border-bottom: 1px solid var(--grid);
              vertical-align: top }
            td { overflow-wrap: anywhere } td.number { white-space: nowrap; font-variant-numeric: tabular-nums }
            figure { margin: 1.25rem 0; max-width: 35rem } figcaption { font-weight: 600; font-size: .95rem }
            svg { display: block; width: 100%; height: auto; margin-top: .4rem; font: 12px system-ui, sans-serif }
            svg .ink { fill: var(--ink) } svg .soft { fill: var(--soft); font-size: 12px }
            svg .grid { stroke: var(--grid) } svg .zero { stroke: var(--ink); stroke-dasharray: 4 3 }
            svg .bar { stroke-width: 2.5 } svg .bar.first { stroke: var(--first) } svg .bar.second { stroke: var(--second) }
            svg .first { fill: var(--first) } svg .second { fill: var(--second) } svg .good { fill: var(--good) }
            svg .bad { fill: var(--bad) } svg .even { fill: var(--even) }
            @media (max-width: 40rem) { .figures thead { display: none }
              .figures tr { display: block; padding: .5rem 0; border-bottom: 1px solid var(--grid) }
              .figures td { display: block; padding: 0; border: 0; white-space: normal }
              .figures td::before { content: attr(data-name) " "; color: var(--soft) } }
            </style>
            """;

    private HtmlReport() {}

    /** The page. */
    public static String of(Report report) {
        Markup page = new Markup();
        page.raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n");
        page.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n");
        page.add("<title>%s</title>", report.title()).raw(STYLE).raw("</head>\n<body>\n");
        page.add("<h1>%s</h1>", report.title());
        page.raw("<div class=\"wide\"><table>\n");
        for (Report.Party party : report.parties()) {
            page.add("<tr><th scope=\"row\">%s</th><td>%s</td><td class=\"soft\">%s</td></tr>", party.role(),
                    party.name(), files(party));
        }
        page.raw("</table></div>\n");
        page.add("<p class=\"soft\">%s, with</p>", String.valueOf(report.created()));
        page.add("<pre>%s</pre>", report.command());
        for (Section section : report.sections()) {
            section(page, section);
        }
        page.raw("<h2>Settings</h2>\n<div class=\"wide\"><table>\n");
        for (Map.Entry<String, String> setting : report.settings().entrySet()) {
            page.add("<tr><th scope=\"row\">%s</th><td>%s</td></tr>", setting.getKey(), setting.getValue());
        }
        return page.raw("</table></div>\n</body>\n</html>\n").toString();
    }

    private static String files(Report.Party party) {
        return party.adapters().isEmpty()
                ? party.model()
                : party.model() + " with " + String.join(", ", party.adapters());
    }

    private static void section(Markup page, Section section) {
        page.add("<section id=\"%s\">", section.key());
        page.add("<h2>%s</h2>", section.title());
        page.add("<p>%s</p>", section.about());
        for (Section.Line line : section.summary()) {
            page.add("<p class=\"verdict %s\">%s</p>", tone(line), line.text());
        }
        page.raw("<div class=\"wide\"><table class=\"figures\">\n<thead><tr><th>what</th><th>of</th><th>value</th>");
        page.raw("<th>interval</th><th>n</th><th>method</th></tr></thead>\n<tbody>\n");
        for (Figure figure : section.figures()) {
            page.raw("<tr>");
            cell(page, "what", figure.label());
            cell(page, "of", figure.of());
            cell(page, "value", figure.value());
            cell(page, "interval", figure.interval());
            cell(page, "n", Integer.toString(figure.estimate().n()));
            cell(page, "method", figure.method());
            page.raw("</tr>\n");
        }
        page.raw("</tbody>\n</table></div>\n");
        for (Plot plot : section.plots()) {
            page.add("<figure><figcaption>%s</figcaption>", plot.title());
            page.raw(PlotSvg.draw(plot)).raw("</figure>\n");
        }
        page.raw("<ul class=\"notes\">\n");
        section.notes().forEach(note -> page.add("<li>%s</li>", note));
        page.raw("</ul>\n</section>\n");
    }

    /** A cell that brings its own heading for a screen too narrow for columns. */
    private static void cell(Markup page, String name, String text) {
        boolean number = name.equals("value") || name.equals("interval") || name.equals("n");
        page.add("<td data-name=\"%s\" class=\"%s\">%s</td>", name, number ? "number" : "words", text);
    }

    /** The colour of a line. */
    private static String tone(Section.Line line) {
        if (line.verdicts().contains(Verdict.BETTER)) {
            return "better";
        }
        return line.verdicts().contains(Verdict.WORSE) ? "worse" : "";
    }
}
