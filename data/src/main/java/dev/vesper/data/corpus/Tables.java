package dev.vesper.data.corpus;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the tables that lie beside this class: sections in square brackets, lines of {@code key: sentence} in the
 * notation of {@link Grammar}, comments after {@code #}.
 */
final class Tables {
    private Tables() {}

    /** The sections of a table, by name, in order. */
    static Map<String, Section> read(String table) {
        Map<String, Section> sections = new LinkedHashMap<>();
        Section section = new Section("", new LinkedHashMap<>());
        for (String line : text(table).lines().toList()) {
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            if (line.startsWith("[")) {
                section = new Section(line.substring(1, line.indexOf(']')), new LinkedHashMap<>());
                sections.put(section.name(), section);
                continue;
            }
            int colon = line.indexOf(": ");
            String key = colon > 0 && colon < 12 && line.substring(0, colon).matches("[a-z-]+")
                    ? line.substring(0, colon)
                    : "values";
            add(section, key, key.equals("values") && !line.startsWith("values: ") ? line : line.substring(colon + 2));
        }
        return sections;
    }

    private static void add(Section section, String key, String value) {
        List<String> sentences = section.lines().computeIfAbsent(key, _ -> new ArrayList<>());
        switch (key) {
            case "pairs", "values" -> sentences.addAll(List.of(value.split(", ")));
            case "answer", "answer-they", "answer-i", "bare", "short" -> sentences.add(value);
            case "ask", "ask-they", "ask-i" ->
                Grammar.expand(value).stream().map(Tables::question).distinct().forEach(sentences::add);
            default -> sentences.addAll(Grammar.expand(value));
        }
    }

    private static String question(String sentence) {
        boolean bare = ".!?:}".indexOf(sentence.charAt(sentence.length() - 1)) < 0;
        return Grammar.marked(bare || sentence.endsWith("{a}") ? sentence + "?" : sentence);
    }

    private static String text(String table) {
        try (InputStream in = Tables.class.getResourceAsStream(table + ".txt")) {
            if (in == null) {
                throw new IllegalStateException("the table " + table + ".txt is not in this build");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
