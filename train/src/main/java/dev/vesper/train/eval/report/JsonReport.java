package dev.vesper.train.eval.report;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** A report for programs. Numbers are in the unit that is named; {@code low} and {@code high} are missing if there is no interval. */
public final class JsonReport {
    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private JsonReport() {}

    /** The whole report, indented. */
    public static String of(Report report) {
        return JSON.writeValueAsString(map(report)) + "\n";
    }

    /** The report as objects that a JSON writer knows. */
    public static Map<String, Object> map(Report report) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("title", report.title());
        json.put("created", report.created().toString());
        json.put("command", report.command());
        json.put("models", report.parties().stream().map(JsonReport::party).toList());
        json.put("settings", report.settings());
        json.put("sections", report.sections().stream().map(JsonReport::section).toList());
        return json;
    }

    private static Map<String, Object> party(Report.Party party) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("role", party.role());
        json.put("name", party.name());
        json.put("model", party.model());
        json.put("adapters", party.adapters());
        return json;
    }

    private static Map<String, Object> section(Section section) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("key", section.key());
        json.put("title", section.title());
        json.put("about", section.about());
        json.put("summary", section.summary().stream().map(Section.Line::text).toList());
        json.put("figures", section.figures().stream().map(JsonReport::figure).toList());
        json.put("notes", section.notes());
        return json;
    }

    private static Map<String, Object> figure(Figure figure) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("label", figure.label());
        json.put("of", figure.of());
        put(json, "value", figure, figure.estimate().value());
        put(json, "low", figure, figure.estimate().low());
        put(json, "high", figure, figure.estimate().high());
        json.put("n", figure.estimate().n());
        json.put("unit", figure.unit().words());
        json.put("method", figure.method());
        List<String> verdicts =
                figure.verdicts().stream().map(verdict -> verdict.name().toLowerCase(Locale.ROOT)).toList();
        verdicts.forEach(verdict -> json.put("verdict", verdict));
        return json;
    }

    /** JSON knows neither infinity nor what is no number. */
    private static void put(Map<String, Object> json, String name, Figure figure, double value) {
        if (Math.abs(value) < Double.POSITIVE_INFINITY) {
            json.put(name, figure.unit().shown(value));
        }
    }
}
