package dev.vesper.train.eval.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vesper.train.eval.Estimate;
import dev.vesper.train.eval.Verdict;
import java.io.StringReader;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ReportTest {
    private static final String HOSTILE = "a<b> & \"c\" | *d* _e_ \u0007 end";

    private static Report report() {
        List<Figure> figures = List.of(
                Figure.of("loss", HOSTILE, new Estimate(1.5, 1.25, 1.75, 40), Unit.NATS_PER_TOKEN, "bootstrap"),
                Figure.of("accuracy", "base", new Estimate(2 / 3.0, 0.3, 0.9, 6), Unit.PERCENT, "Wilson"),
                Figure.of("loss", "base", Estimate.unsure(2.5, 3), Unit.NATS_PER_BYTE, "bootstrap"),
                Figure.of("won", "none", new Estimate(Double.NaN, 0, 1, 0), Unit.PERCENT, "Wilson"));
        Figure difference = Figure.difference(
                "difference", "both", new Estimate(-0.031, -0.05, 0.00001, 40), Unit.POINTS, "paired",
                Verdict.NO_DIFFERENCE);
        List<Plot> plots = List.of(
                new Plot.Intervals("Values " + HOSTILE, figures, false),
                new Plot.Intervals("Differences", List.of(difference), true),
                new Plot.Histogram("Rows", "share", List.of(
                        new Plot.Series("training", new double[] {0, 0.5, 1, 1}),
                        new Plot.Series("control", new double[] {0.1}))),
                new Plot.Histogram("All the same", "nats", List.of(new Plot.Series("rows", new double[] {0, 0}))),
                new Plot.Shares("Judgments", List.of(new Plot.Share("won", 3, 1), new Plot.Share("lost", 1, -1))),
                new Plot.Shares("None", List.of(new Plot.Share("won", 0, 1))));
        List<Figure> all = new java.util.ArrayList<>(figures);
        all.add(difference);
        Section section = new Section(
                "held_out", "Held-out loss: " + HOSTILE, "About.", all,
                List.of(new Section.Line("worse " + HOSTILE, List.of(Verdict.WORSE)), Section.Line.of("plain")),
                List.of("A note."), plots);
        return new Report(
                "x against y", Instant.parse("2026-01-02T03:04:05Z"), "vesper eval --model 'a b'",
                List.of(new Report.Party("evaluated", "x", "/m/" + HOSTILE, List.of("/a/one", "/a/two"))),
                Map.of("seed", "1"), List.of(section));
    }

    private static Document parse(String page) throws Exception {
        assertThat(page).startsWith("<!DOCTYPE html>\n");
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new StringReader(page.substring(page.indexOf('\n') + 1))));
    }

    @Test
    void thePageIsWellFormedAndHasEveryNumberWithItsIntervalAndCount() throws Exception {
        Document page = parse(HtmlReport.of(report()));
        assertThat(page.getElementsByTagName("title").item(0).getTextContent()).isEqualTo("x against y");
        NodeList rows = page.getElementsByTagName("tbody").item(0).getChildNodes();
        List<String> texts = IntStream.range(0, rows.getLength())
                .mapToObj(i -> rows.item(i).getTextContent())
                .filter(text -> !text.isBlank())
                .toList();
        assertThat(texts).hasSize(5);
        assertThat(texts.get(0)).contains("1.5000 nats per token", "1.2500 to 1.7500", "40", "a<b> & \"c\"");
        assertThat(texts.get(1)).contains("66.7 %", "30.0 to 90.0", "6");
        assertThat(texts.get(2)).contains("2.5000 nats per byte", "none", "3");
        assertThat(texts.get(4)).contains("-3.1 points", "-5.0 to 0.0");
        assertThat(page.getElementsByTagName("svg").getLength()).isEqualTo(6);
        assertThat(page.getElementsByTagName("pre").item(0).getTextContent()).isEqualTo("vesper eval --model 'a b'");
    }

    @Test
    void thePageNeedsNothingElseAndSuitsAnyScreen() {
        String page = HtmlReport.of(report());
        assertThat(page).contains("prefers-color-scheme: dark", "width=device-width", "class=\"verdict worse\"");
        assertThat(page.replace("http://www.w3.org/2000/svg", "")).doesNotContain("http", "<script", "url(", "NaN",
                "Infinity");
    }

    @Test
    void jsonHasNoIntervalWhereThereIsNone() {
        JsonNode json = JsonMapper.shared().readTree(JsonReport.of(report()));
        assertThat(json.get("command").asString()).isEqualTo("vesper eval --model 'a b'");
        assertThat(json.get("models").get(0).get("adapters")).hasSize(2);
        JsonNode figures = json.get("sections").get(0).get("figures");
        assertThat(figures.get(0).get("low").asDouble()).isEqualTo(1.25);
        assertThat(figures.get(1).get("value").asDouble()).isEqualTo(2 / 3.0 * 100);
        assertThat(figures.get(2).has("low")).isFalse();
        assertThat(figures.get(2).get("value").asDouble()).isEqualTo(2.5);
        assertThat(figures.get(3).has("value")).isFalse();
        assertThat(figures.get(4).get("verdict").asString()).isEqualTo("no_difference");
        assertThat(figures.get(0).has("verdict")).isFalse();
    }

    @Test
    void markdownKeepsItsTablesWhateverFilesAreCalled() {
        String text = MarkdownReport.of(report());
        assertThat(text).contains("# x against y", "    vesper eval --model 'a b'", "- A note.", "**plain**");
        List<String> rows = text.lines().filter(line -> line.startsWith("| loss ")).toList();
        assertThat(rows).hasSize(2);
        assertThat(rows.getFirst()).contains("a&lt;b> &amp; \"c\" \\| \\*d\\* \\_e\\_", "| 1.2500 to 1.7500 | 40 |");
    }

    @ParameterizedTest
    @CsvSource({"-0.2, 0.3, 6", "0, 100, 5", "3.1, 3.1, 4", "-1e-6, 2e-6, 4", "1000, 250000, 4"})
    void axesHaveRoundTicksAroundAllValues(double low, double high, int most) {
        Axis axis = Axis.around(List.of(low, high, Double.POSITIVE_INFINITY), 10, 410);
        assertThat(axis.low()).isLessThan(low);
        assertThat(axis.high()).isGreaterThan(high);
        assertThat(axis.at(axis.low())).isEqualTo(10);
        assertThat(axis.ticks()).hasSizeBetween(2, most + 3);
        assertThat(axis.ticks().stream().map(axis::words).distinct()).hasSameSizeAs(axis.ticks());
    }

    @Test
    void everyValueOfAHistogramIsCounted() {
        double[] shares = PlotSvg.shares(new Plot.Series("s", new double[] {0, 0.24, 0.26, 1}), 0, 1, 4);
        assertThat(shares).containsExactly(0.5, 0.25, 0, 0.25);
    }
}
