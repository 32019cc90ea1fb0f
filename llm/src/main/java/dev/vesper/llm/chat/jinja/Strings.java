package dev.vesper.llm.chat.jinja;

import dev.vesper.llm.chat.jinja.Arguments.Bound;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.IntPredicate;

/**
 * The methods of Python's strings.
 *
 * @see <a href="https://docs.python.org/3/library/stdtypes.html#string-methods">String Methods</a>
 */
final class Strings {
    static final Set<String> METHODS = Set.of(
            "capitalize", "casefold", "center", "count", "endswith", "find", "format", "index", "isalnum", "isalpha",
            "isascii", "isdecimal", "isdigit", "islower", "isnumeric", "isspace", "istitle", "isupper", "join", "ljust",
            "lower", "lstrip", "partition", "removeprefix", "removesuffix", "replace", "rfind", "rindex", "rjust",
            "rpartition", "rsplit", "rstrip", "split", "splitlines", "startswith", "strip", "swapcase", "title",
            "upper", "zfill");

    private Strings() {}

    static Object call(String text, String name, Arguments arguments, Budget budget) {
        budget.string(text.length());
        return switch (name) {
            case "capitalize" -> capitalize(none(name, arguments, text));
            case "casefold", "lower" -> none(name, arguments, text).toLowerCase(Locale.ROOT);
            case "upper" -> none(name, arguments, text).toUpperCase(Locale.ROOT);
            case "title" -> title(none(name, arguments, text));
            case "swapcase" -> swapCase(none(name, arguments, text));
            case "strip" -> strip(text, arguments.bind(name, 0, "chars"), true, true, budget);
            case "lstrip" -> strip(text, arguments.bind(name, 0, "chars"), true, false, budget);
            case "rstrip" -> strip(text, arguments.bind(name, 0, "chars"), false, true, budget);
            case "startswith", "endswith" -> affix(text, name, arguments, budget);
            case "removeprefix" -> {
                String prefix = arguments.bind(name, 1, "prefix").text(0, "");
                yield text.startsWith(prefix) ? text.substring(prefix.length()) : text;
            }
            case "removesuffix" -> {
                String suffix = arguments.bind(name, 1, "suffix").text(0, "");
                yield text.endsWith(suffix) ? text.substring(0, text.length() - suffix.length()) : text;
            }
            case "replace" -> {
                Bound bound = arguments.bind(name, 2, "old", "new", "count");
                yield replace(text, bound.text(0, ""), bound.text(1, ""), bound.integer(2, -1), budget);
            }
            case "find", "rfind", "index", "rindex", "count" -> find(text, name, arguments, budget);
            case "split", "rsplit" -> {
                Bound bound = arguments.bind(name, 0, "sep", "maxsplit");
                yield Splitting.split(text, bound, name.equals("rsplit"), budget);
            }
            case "splitlines" -> Sequence.list(new ArrayList<>(
                    Splitting.lines(text, arguments.bind(name, 0, "keepends").flag(0, false), budget)));
            case "partition", "rpartition" ->
                Splitting.partition(text, arguments.bind(name, 1, "sep").text(0, ""), name.equals("rpartition"),
                        budget);
            case "join" -> join(text, arguments.bind(name, 1, "iterable").value(0), budget);
            case "format" -> BraceFormat.apply(text, arguments, budget);
            case "center", "ljust", "rjust" ->
                justify(text, name, arguments.bind(name, 1, "width", "fillchar"), budget);
            case "zfill" -> zeroFill(text, arguments.bind(name, 1, "width").integer(0, 0), budget);
            case "islower" -> cased(text) && text.equals(text.toLowerCase(Locale.ROOT));
            case "isupper" -> cased(text) && text.equals(text.toUpperCase(Locale.ROOT));
            case "istitle" -> cased(text) && text.equals(title(text));
            case "isascii" -> text.chars().allMatch(c -> c < 0x80);
            case "isalpha" -> all(text, Character::isLetter);
            case "isalnum" -> all(text, c -> Character.isLetter(c) || isNumeric(c));
            case "isnumeric" -> all(text, Strings::isNumeric);
            case "isdigit" -> all(text, c -> Character.isDigit(c) || "¹²³".indexOf(c) >= 0);
            case "isdecimal" -> all(text, Character::isDigit);
            case "isspace" -> all(text, PythonText.WHITESPACE);
            default -> throw TemplateException.type("str.%s is not supported".formatted(name));
        };
    }

    private static String none(String name, Arguments arguments, String text) {
        arguments.bind(name, 0);
        return text;
    }

    private static boolean all(String text, IntPredicate predicate) {
        return !text.isEmpty() && text.codePoints().allMatch(predicate);
    }

    private static boolean isNumeric(int c) {
        int type = Character.getType(c);
        return type == Character.DECIMAL_DIGIT_NUMBER
                || type == Character.LETTER_NUMBER
                || type == Character.OTHER_NUMBER;
    }

    static boolean cased(String text) {
        return text.codePoints()
                .anyMatch(c -> Character.isLowerCase(c) || Character.isUpperCase(c) || Character.isTitleCase(c));
    }

    static String capitalize(String text) {
        if (text.isEmpty()) {
            return text;
        }
        int first = text.codePointAt(0);
        return titleCase(first) + text.substring(Character.charCount(first)).toLowerCase(Locale.ROOT);
    }

    private static String titleCase(int c) {
        return Character.toString(Character.toTitleCase(c));
    }

    /** Every run of letters begins with a capital and goes on in small letters. */
    private static String title(String text) {
        var out = new StringBuilder(text.length());
        boolean inWord = false;
        for (int c : text.codePoints().toArray()) {
            out.append(inWord ? Character.toString(c).toLowerCase(Locale.ROOT) : titleCase(c));
            inWord = Character.isLowerCase(c) || Character.isUpperCase(c) || Character.isTitleCase(c);
        }
        return out.toString();
    }

    private static String swapCase(String text) {
        var out = new StringBuilder(text.length());
        text.codePoints().mapToObj(Character::toString).forEach(c -> out.append(
                Character.isUpperCase(c.codePointAt(0))
                        ? c.toLowerCase(Locale.ROOT)
                        : Character.isLowerCase(c.codePointAt(0)) ? c.toUpperCase(Locale.ROOT) : c));
        return out.toString();
    }

    static String strip(String text, Bound bound, boolean left, boolean right, Budget budget) {
        if (!bound.given(0)) {
            return PythonText.strip(text, PythonText.WHITESPACE, left, right);
        }
        String characters = bound.text(0, "");
        budget.scan((long) text.length() * (1 + characters.length() / 16));
        return PythonText.strip(text, c -> characters.indexOf(c) >= 0, left, right);
    }

    private static boolean affix(String text, String name, Arguments arguments, Budget budget) {
        Bound bound = arguments.bind(name, 1, "prefix", "start", "end");
        String part = bound.has(1) ? section(text, bound, budget) : text;
        List<Object> candidates = bound.value(0) instanceof Sequence tuple && tuple.kind() == Sequence.Kind.TUPLE
                ? tuple.items()
                : List.of(bound.value(0));
        for (Object candidate : candidates) {
            if (candidate instanceof Undefined undefined) {
                throw undefined.failure();
            }
            if (!(candidate instanceof String affix)) {
                throw TemplateException.type("%s first arg must be str or a tuple of str, not %s"
                        .formatted(name, PythonText.typeName(candidate)));
            }
            budget.scan(affix.length());
            if (name.equals("startswith") ? part.startsWith(affix) : part.endsWith(affix)) {
                return true;
            }
        }
        return false;
    }

    /** {@code text[start:end]} from the second and third parameter. */
    private static String section(String text, Bound bound, Budget budget) {
        return (String) Access.slice(
                text, bound.value(1, None.NONE), bound.value(2, None.NONE), None.NONE, budget);
    }

    private static Object find(String text, String name, Arguments arguments, Budget budget) {
        Bound bound = arguments.bind(name, 1, "sub", "start", "end");
        String wanted = bound.text(0, "");
        String part = bound.has(1) ? section(text, bound, budget) : text;
        budget.search(part, wanted);
        if (name.equals("count")) {
            return count(part, wanted);
        }
        int found = name.startsWith("r") ? part.lastIndexOf(wanted) : part.indexOf(wanted);
        if (found < 0 && name.endsWith("index")) {
            throw TemplateException.value("substring not found");
        }
        int length = PythonText.length(text);
        int start = bound.integer(1, 0);
        int offset = start < 0 ? Math.max(0, start + length) : start;
        return found < 0 ? -1L : (long) offset + part.codePointCount(0, found);
    }

    private static long count(String text, String wanted) {
        if (wanted.isEmpty()) {
            return PythonText.length(text) + 1L;
        }
        long count = 0;
        for (int i = text.indexOf(wanted); i >= 0; i = text.indexOf(wanted, i + wanted.length())) {
            count++;
        }
        return count;
    }

    /** Replaces the first {@code limit} occurrences, all if it is negative. */
    static String replace(String text, String old, String replacement, int limit, Budget budget) {
        budget.search(text, old);
        long most = limit < 0 ? Long.MAX_VALUE : limit;
        long found = Math.min(most, count(text, old));
        budget.string(text.length() + found * Math.max(0, replacement.length() - old.length()));
        var out = new StringBuilder();
        int from = 0;
        int search = 0;
        for (long i = 0; i < found; i++) {
            int at = text.indexOf(old, search);
            out.append(text, from, at).append(replacement);
            from = at + old.length();
            // an empty string occurs before every character
            search = old.isEmpty() && at < text.length() ? text.offsetByCodePoints(at, 1) : from;
        }
        return out.append(text, from, text.length()).toString();
    }

    static String join(String separator, Object iterable, Budget budget) {
        var out = new StringBuilder();
        int index = 0;
        for (Object item : Access.items(iterable, budget)) {
            if (!(item instanceof String text)) {
                throw TemplateException.type("sequence item %d: expected str instance, %s found"
                        .formatted(index, PythonText.typeName(item)));
            }
            budget.string((long) text.length() + separator.length());
            out.append(index++ > 0 ? separator : "").append(text);
        }
        return out.toString();
    }

    private static String justify(String text, String name, Bound bound, Budget budget) {
        int missing = Math.max(0, bound.integer(0, 0) - PythonText.length(text));
        String fill = bound.text(1, " ");
        if (PythonText.length(fill) != 1) {
            throw TemplateException.type("The fill character must be exactly one character long");
        }
        budget.string((long) missing * fill.length());
        // Python gives the odd character to the left exactly if the width is odd
        int left = switch (name) {
            case "ljust" -> 0;
            case "rjust" -> missing;
            default -> missing / 2 + (missing & bound.integer(0, 0) & 1);
        };
        return fill.repeat(left) + text + fill.repeat(missing - left);
    }

    private static String zeroFill(String text, int width, Budget budget) {
        int missing = Math.max(0, width - PythonText.length(text));
        budget.string(missing);
        int sign = text.startsWith("-") || text.startsWith("+") ? 1 : 0;
        return text.substring(0, sign) + "0".repeat(missing) + text.substring(sign);
    }

    /** The character with this number. */
    static String character(Object number) {
        long codePoint = Numbers.integer(number).longValue();
        if (codePoint < 0 || codePoint > Character.MAX_CODE_POINT) {
            throw TemplateException.value("%c arg not in range(0x110000)");
        }
        return Character.toString((int) codePoint);
    }

    /** Python's {@code int(number)}. */
    static Object truncated(double number) {
        if (Double.isNaN(number) || Double.isInfinite(number)) {
            throw TemplateException.value(
                    "cannot convert float %s to integer".formatted(Double.isNaN(number) ? "NaN" : "infinity"));
        }
        return Numbers.normal(new BigDecimal(number).toBigInteger());
    }
}
