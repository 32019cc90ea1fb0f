package dev.vesper.llm.chat.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes values as Python's {@code json.dumps} does: keys in their order, a space after comma and colon, every
 * character that JSON allows left as it is. Models were trained on exactly these bytes.
 *
 * @see <a href="https://docs.python.org/3/library/json.html#json.dumps">json.dumps</a>
 */
final class Json {
    private final Style style;
    private final Budget budget;
    private final StringBuilder out = new StringBuilder();
    private String newline = "\n";

    /** @param indent one level's indentation; null for everything on one line */
    record Style(
            boolean asciiOnly, @Nullable String indent, String itemSeparator, String keySeparator, boolean sortKeys) {}

    private Json(Style style, Budget budget) {
        this.style = style;
        this.budget = budget;
    }

    static String write(Object value, Style style, Budget budget) {
        var json = new Json(style, budget);
        json.value(value);
        return json.out.toString();
    }

    private void value(Object value) {
        budget.enter();
        switch (value) {
            case None none -> out.append("null");
            case Boolean flag -> out.append(flag ? "true" : "false");
            case Long number -> out.append(number);
            case BigInteger number -> {
                budget.largeInteger();
                out.append(number);
            }
            case Double number -> out.append(number(number));
            case String text -> string(text);
            case Dict dict -> object(dict);
            case Sequence sequence when sequence.kind() == Sequence.Kind.LIST
                    || sequence.kind() == Sequence.Kind.TUPLE ->
                array(sequence.items());
            default -> throw TemplateException.type(
                    "Object of type %s is not JSON serializable".formatted(PythonText.typeName(value)));
        }
        budget.leave();
    }

    private static String number(double number) {
        if (Double.isNaN(number)) {
            return "NaN";
        }
        return Double.isInfinite(number) ? (number > 0 ? "Infinity" : "-Infinity") : PythonText.real(number);
    }

    private void array(List<Object> items) {
        if (items.isEmpty()) {
            out.append("[]");
            return;
        }
        out.append('[');
        String outer = open();
        for (int i = 0; i < items.size(); i++) {
            separate(i);
            value(items.get(i));
        }
        close(outer);
        out.append(']');
    }

    private void object(Dict dict) {
        if (dict.size() == 0) {
            out.append("{}");
            return;
        }
        List<Dict.Entry> entries = new ArrayList<>(dict.entries());
        if (style.sortKeys()) {
            entries.sort((a, b) -> Comparing.order("<", a.key(), b.key(), budget));
        }
        out.append('{');
        String outer = open();
        for (int i = 0; i < entries.size(); i++) {
            separate(i);
            string(key(entries.get(i).key()));
            out.append(style.keySeparator());
            value(entries.get(i).value());
        }
        close(outer);
        out.append('}');
    }

    private static String key(Object key) {
        return switch (key) {
            case String text -> text;
            case None none -> "null";
            case Boolean flag -> flag ? "true" : "false";
            case Double number -> number(number);
            case Long number -> number.toString();
            case BigInteger number -> number.toString();
            default -> throw TemplateException.type("keys must be str, int, float, bool or None, not "
                    + PythonText.typeName(key));
        };
    }

    /** Goes one level deeper; gives the line break of the level outside. */
    private String open() {
        String outer = newline;
        if (style.indent() != null) {
            newline += style.indent();
            breakLine();
        }
        return outer;
    }

    private void separate(int index) {
        budget.string(16);
        if (index > 0) {
            out.append(style.itemSeparator());
            breakLine();
        }
    }

    private void close(String outer) {
        newline = outer;
        breakLine();
    }

    private void breakLine() {
        if (style.indent() != null) {
            budget.string(newline.length());
            out.append(newline);
        }
    }

    private void string(String text) {
        budget.string(text.length() + 2L);
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\f' -> out.append("\\f");
                case '\b' -> out.append("\\b");
                default -> {
                    if (c < 0x20 || (style.asciiOnly() && c > 0x7e)) {
                        out.append("\\u%04x".formatted((int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }
}
