package dev.vesper.llm.chat.jinja;

import dev.vesper.llm.chat.jinja.Arguments.Bound;
import dev.vesper.llm.chat.jinja.Filters.Filter;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Filters that give text. */
final class TextFilters {
    static final Map<String, Filter> FILTERS = Map.ofEntries(
            Map.entry("string", (value, arguments, budget) -> plain("string", value, arguments, budget)),
            // nothing is escaped unless asked for, so that there is nothing to mark as safe
            Map.entry("safe", (value, arguments, budget) -> plain("safe", value, arguments, budget)),
            Map.entry("upper",
                    (value, arguments, budget) -> plain("upper", value, arguments, budget).toUpperCase(Locale.ROOT)),
            Map.entry("lower",
                    (value, arguments, budget) -> plain("lower", value, arguments, budget).toLowerCase(Locale.ROOT)),
            Map.entry("capitalize",
                    (value, arguments, budget) -> Strings.capitalize(plain("capitalize", value, arguments, budget))),
            Map.entry("title", (value, arguments, budget) -> title(plain("title", value, arguments, budget))),
            Map.entry("trim",
                    (value, arguments, budget) -> Strings.strip(text(value, budget), arguments.bind("trim", 0, "chars"),
                            true, true, budget)),
            Map.entry("replace", TextFilters::replace),
            Map.entry("indent", TextFilters::indent),
            Map.entry("center", TextFilters::center),
            Map.entry("truncate", TextFilters::truncate),
            Map.entry("wordcount",
                    (value, arguments, budget) -> wordCount(plain("wordcount", value, arguments, budget))),
            Map.entry("format", TextFilters::format),
            Map.entry("e", TextFilters::escape),
            Map.entry("escape", TextFilters::escape),
            Map.entry("tojson", TextFilters::toJson));

    private TextFilters() {}

    private static String text(Object value, Budget budget) {
        String text = PythonText.str(value, budget);
        budget.string(text.length());
        return text;
    }

    private static String plain(String name, Object value, Arguments arguments, Budget budget) {
        arguments.bind(name, 0);
        return text(value, budget);
    }

    /** Capitals after white space, hyphens and opening brackets; small letters elsewhere. */
    private static String title(String text) {
        var out = new StringBuilder(text.length());
        boolean start = true;
        for (int c : text.codePoints().toArray()) {
            String character = Character.toString(c);
            out.append(start ? character.toUpperCase(Locale.ROOT) : character.toLowerCase(Locale.ROOT));
            start = PythonText.isSpace(c) || "-({[<".indexOf(c) >= 0;
        }
        return out.toString();
    }

    private static String replace(Object value, Arguments arguments, Budget budget) {
        Bound bound = arguments.bind("replace", 2, "old", "new", "count");
        return Strings.replace(
                text(value, budget),
                PythonText.str(bound.value(0), budget),
                PythonText.str(bound.value(1), budget),
                bound.given(2) ? bound.integer(2, -1) : -1,
                budget);
    }

    private static String indent(Object value, Arguments arguments, Budget budget) {
        Bound bound = arguments.bind("indent", 0, "width", "first", "blank");
        String indentation = indentation(bound.value(0, 4L), budget);
        boolean blank = bound.flag(2, false);
        List<String> lines = Splitting.lines((String) Operators.apply("+", value, "\n", budget), false, budget);
        var out = new StringBuilder();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            boolean indented = i == 0 ? bound.flag(1, false) : blank || !line.isEmpty();
            budget.string((long) line.length() + indentation.length() + 1);
            out.append(i > 0 ? "\n" : "").append(indented ? indentation : "").append(line);
        }
        return out.toString();
    }

    private static String indentation(Object width, Budget budget) {
        return width instanceof String text ? text : (String) Operators.apply("*", " ", width, budget);
    }

    private static Object center(Object value, Arguments arguments, Budget budget) {
        int width = arguments.bind("center", 0, "width").integer(0, 80);
        return Strings.call(
                text(value, budget), "center", new Arguments(List.of((long) width), Map.of()), budget);
    }

    private static String truncate(Object value, Arguments arguments, Budget budget) {
        Bound bound = arguments.bind("truncate", 0, "length", "killwords", "end", "leeway");
        String text = text(value, budget);
        int length = bound.integer(0, 255);
        String end = bound.text(2, "...");
        int leeway = bound.given(3) ? bound.integer(3, 5) : 5;
        int endLength = PythonText.length(end);
        if (length < endLength || leeway < 0) {
            throw TemplateException.value("expected length >= %d and leeway >= 0, got %d and %d"
                    .formatted(endLength, length, leeway));
        }
        if (PythonText.length(text) <= (long) length + leeway) {
            return text;
        }
        String cut = text.substring(0, text.offsetByCodePoints(0, length - endLength));
        int space = cut.lastIndexOf(' ');
        return (bound.flag(1, false) || space < 0 ? cut : cut.substring(0, space)) + end;
    }

    private static Object wordCount(String text) {
        long words = 0;
        boolean inWord = false;
        for (int c : text.codePoints().toArray()) {
            boolean letter = Character.isLetterOrDigit(c) || c == '_';
            words += letter && !inWord ? 1 : 0;
            inWord = letter;
        }
        return words;
    }

    private static String format(Object value, Arguments arguments, Budget budget) {
        if (!arguments.positional().isEmpty() && !arguments.named().isEmpty()) {
            throw TemplateException.type("can't handle positional and keyword arguments at the same time");
        }
        Object values = new Sequence(Sequence.Kind.TUPLE, arguments.positional());
        if (!arguments.named().isEmpty()) {
            var named = new Dict();
            arguments.named().forEach(named::put);
            values = named;
        }
        return PercentFormat.apply(text(value, budget), values, budget);
    }

    private static String escape(Object value, Arguments arguments, Budget budget) {
        String text = plain("escape", value, arguments, budget);
        budget.string(5L * text.length());
        return text.replace("&", "&amp;")
                .replace(">", "&gt;")
                .replace("<", "&lt;")
                .replace("'", "&#39;")
                .replace("\"", "&#34;");
    }

    private static String toJson(Object value, Arguments arguments, Budget budget) {
        Bound bound = arguments.bind("tojson", 0, "ensure_ascii", "indent", "separators", "sort_keys");
        String indent = bound.given(1) ? indentation(bound.value(1), budget) : null;
        String item = indent == null ? ", " : ",";
        String key = ": ";
        if (bound.given(2)) {
            if (!(bound.value(2) instanceof Sequence pair)
                    || pair.items().size() != 2
                    || !(pair.items().get(0) instanceof String first)
                    || !(pair.items().get(1) instanceof String second)) {
                throw TemplateException.value("expected two strings as separators, got "
                        + PythonText.shortForm(bound.value(2)));
            }
            item = first;
            key = second;
        }
        budget.string((long) item.length() + key.length());
        return Json.write(
                value, new Json.Style(bound.flag(0, false), indent, item, key, bound.flag(3, false)), budget);
    }
}
