package dev.vesper.llm.chat.jinja;

import java.util.List;

/**
 * Python's {@code format % values}: {@code %[(key)][flags][width][.precision]type}.
 *
 * @see <a href="https://docs.python.org/3/library/stdtypes.html#printf-style-string-formatting">printf-style</a>
 */
final class PercentFormat {
    private final String format;
    private final Object values;
    private final List<Object> row;
    private final Budget budget;
    private int position;
    private int used;
    private boolean keyed;

    private PercentFormat(String format, Object values, Budget budget) {
        this.format = format;
        this.values = values;
        this.row = values instanceof Sequence tuple && tuple.kind() == Sequence.Kind.TUPLE
                ? tuple.items()
                : List.of(values);
        this.budget = budget;
    }

    static String apply(String format, Object values, Budget budget) {
        return new PercentFormat(format, values, budget).run();
    }

    private String run() {
        budget.string(format.length());
        var out = new StringBuilder();
        while (position < format.length()) {
            char c = format.charAt(position++);
            if (c != '%') {
                out.append(c);
            } else if (position < format.length() && format.charAt(position) == '%') {
                out.append('%');
                position++;
            } else {
                out.append(field());
            }
        }
        // whatever can be indexed passes for a mapping, and a mapping need not be used
        boolean tuple = values instanceof Sequence sequence && sequence.kind() == Sequence.Kind.TUPLE;
        boolean mapping =
                values instanceof Dict || values instanceof Undefined || (values instanceof Sequence && !tuple);
        if (!keyed && used < row.size() && !mapping) {
            throw TemplateException.type("not all arguments converted during string formatting");
        }
        return out.toString();
    }

    private char peek() {
        if (position >= format.length()) {
            throw TemplateException.value("incomplete format");
        }
        return format.charAt(position);
    }

    private Object next() {
        if (used >= row.size()) {
            throw TemplateException.type("not enough arguments for format string");
        }
        return row.get(used++);
    }

    private String field() {
        Object value = null;
        if (peek() == '(') {
            int end = format.indexOf(')', position);
            if (end < 0) {
                throw TemplateException.value("incomplete format key");
            }
            String key = format.substring(position + 1, end);
            position = end + 1;
            keyed = true;
            if (!(values instanceof Dict dict)) {
                throw TemplateException.type("format requires a mapping");
            }
            value = dict.get(key).orElseThrow(() -> TemplateException.value(PythonText.repr(key, budget)));
        }
        String flags = "";
        while ("-+ #0".indexOf(peek()) >= 0) {
            flags += format.charAt(position++);
        }
        String width = size();
        String precision = "";
        if (peek() == '.') {
            position++;
            precision = size();
            precision = "." + (precision.isEmpty() ? "0" : precision);
        }
        char type = peek();
        position++;
        return convert(type, flags, width, precision, value == null ? next() : value);
    }

    private String size() {
        if (peek() == '*') {
            position++;
            return Numbers.integer(next()).abs().toString();
        }
        int start = position;
        while (Character.digit(peek(), 10) >= 0) {
            position++;
        }
        return format.substring(start, position);
    }

    private String convert(char type, String flags, String width, String precision, Object value) {
        boolean left = flags.indexOf('-') >= 0;
        String align = left ? "<" : ">";
        String sign = flags.indexOf('+') >= 0 ? "+" : flags.indexOf(' ') >= 0 ? " " : "";
        String zero = flags.indexOf('0') >= 0 && !left ? "0" : "";
        String numeric = (zero.isEmpty() ? align : "") + sign + (flags.indexOf('#') >= 0 ? "#" : "") + zero + width;
        return switch (type) {
            case 's' -> FormatSpec.parse(align + width + precision).apply(PythonText.str(value, budget), budget);
            case 'r', 'a' -> FormatSpec.parse(align + width + precision).apply(PythonText.repr(value, budget), budget);
            case 'c' -> FormatSpec.parse(align + width)
                    .apply(value instanceof String ? value : Strings.character(value), budget);
            case 'd', 'i', 'u' -> FormatSpec.parse(numeric + "d").apply(truncated(type, value), budget);
            case 'x', 'X', 'o' ->
                FormatSpec.parse(numeric + type).apply(Numbers.normal(Numbers.integer(value)), budget);
            case 'e', 'E', 'f', 'F', 'g', 'G' ->
                FormatSpec.parse(numeric + precision + type).apply(Numbers.real(value), budget);
            default -> throw TemplateException.value("unsupported format character '%c'".formatted(type));
        };
    }

    private static Object truncated(char type, Object value) {
        if (!Numbers.isNumber(value)) {
            throw TemplateException.type("%%%c format: a real number is required, not %s"
                    .formatted(type, PythonText.typeName(value)));
        }
        return value instanceof Double number ? Strings.truncated(number) : Numbers.normal(Numbers.integer(value));
    }
}
