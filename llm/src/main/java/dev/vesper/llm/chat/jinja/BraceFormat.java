package dev.vesper.llm.chat.jinja;

/**
 * Python's {@code str.format}: <code>{0} {name} {a.b[c]!r:>10}</code>.
 *
 * @see <a href="https://docs.python.org/3/library/string.html#formatstrings">Format String Syntax</a>
 */
final class BraceFormat {
    private final Arguments arguments;
    private final Budget budget;
    private int automatic;

    private BraceFormat(Arguments arguments, Budget budget) {
        this.arguments = arguments;
        this.budget = budget;
    }

    static String apply(String format, Arguments arguments, Budget budget) {
        return new BraceFormat(arguments, budget).expand(format, 2);
    }

    private String expand(String format, int levels) {
        if (levels == 0) {
            throw TemplateException.value("Max string recursion exceeded");
        }
        budget.string(format.length());
        var out = new StringBuilder();
        int i = 0;
        while (i < format.length()) {
            char c = format.charAt(i++);
            boolean doubled = i < format.length() && format.charAt(i) == c;
            if ((c == '{' || c == '}') && doubled) {
                out.append(c);
                i++;
            } else if (c == '}') {
                throw TemplateException.value("Single '}' encountered in format string");
            } else if (c == '{') {
                int end = closing(format, i);
                out.append(field(format.substring(i, end), levels));
                i = end + 1;
            } else {
                out.append(c);
            }
        }
        return out.toString();
    }

    private static int closing(String format, int from) {
        int depth = 1;
        for (int i = from; i < format.length(); i++) {
            char c = format.charAt(i);
            depth += c == '{' ? 1 : c == '}' ? -1 : 0;
            if (depth == 0) {
                return i;
            }
        }
        throw TemplateException.value("expected '}' before end of string");
    }

    private String field(String field, int levels) {
        int end = 0;
        boolean inBrackets = false;
        while (end < field.length() && (inBrackets || "!:".indexOf(field.charAt(end)) < 0)) {
            inBrackets = inBrackets ? field.charAt(end) != ']' : field.charAt(end) == '[';
            end++;
        }
        Object value = lookup(field.substring(0, end));
        if (end < field.length() && field.charAt(end) == '!') {
            value = converted(value, end + 1 < field.length() ? field.charAt(end + 1) : '\0');
            end += 2;
        }
        if (end >= field.length()) {
            return PythonText.str(value, budget);
        }
        if (field.charAt(end) != ':') {
            throw TemplateException.value("expected ':' after conversion specifier");
        }
        return FormatSpec.parse(expand(field.substring(end + 1), levels - 1)).apply(value, budget);
    }

    private Object converted(Object value, char conversion) {
        return switch (conversion) {
            case 's' -> PythonText.str(value, budget);
            case 'r', 'a' -> PythonText.repr(value, budget);
            default -> throw TemplateException.value(
                    "Unknown conversion specifier '%c'".formatted(conversion == '\0' ? ' ' : conversion));
        };
    }

    private Object lookup(String path) {
        int end = 0;
        while (end < path.length() && path.charAt(end) != '.' && path.charAt(end) != '[') {
            end++;
        }
        Object value = start(path.substring(0, end));
        while (end < path.length()) {
            boolean element = path.charAt(end) == '[';
            int next = end + 1;
            while (next < path.length() && (element ? path.charAt(next) != ']' : ".[".indexOf(path.charAt(next)) < 0)) {
                next++;
            }
            String name = path.substring(end + 1, next);
            value = element ? Access.item(value, key(name), budget) : Access.attribute(value, name);
            end = element ? next + 1 : next;
        }
        return value;
    }

    private Object start(String name) {
        Object key = name.isEmpty() ? Long.valueOf(automatic++) : key(name);
        if (key instanceof Long index) {
            if (index >= arguments.positional().size()) {
                throw TemplateException.value("Replacement index %d out of range for positional args tuple"
                        .formatted(index));
            }
            return arguments.positional().get(index.intValue());
        }
        Object value = arguments.named().get(name);
        if (value == null) {
            throw TemplateException.value(PythonText.repr(name, budget));
        }
        return value;
    }

    private static Object key(String name) {
        boolean digits = !name.isEmpty() && name.length() < 10 && name.chars().allMatch(c -> c >= '0' && c <= '9');
        return digits ? (Object) Long.valueOf(name) : name;
    }
}
