package dev.vesper.llm.chat.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.IntPredicate;

/** How Python writes values as text, and its notion of characters (code points), white space and escapes. */
final class PythonText {
    /** What {@code str.strip()} takes away. */
    static final IntPredicate WHITESPACE = PythonText::isSpace;

    private PythonText() {}

    static boolean isSpace(int c) {
        return c == ' '
                || (c >= 0x09 && c <= 0x0d)
                || (c >= 0x1c && c <= 0x1f)
                || c == 0x85
                || (c >= 0xa0 && Character.isSpaceChar(c));
    }

    /** Without the characters at the chosen ends for which {@code drop} holds. */
    static String strip(String text, IntPredicate drop, boolean left, boolean right) {
        int start = 0;
        int end = text.length();
        while (left && start < end && drop.test(text.codePointAt(start))) {
            start += Character.charCount(text.codePointAt(start));
        }
        while (right && end > start && drop.test(text.codePointBefore(end))) {
            end -= Character.charCount(text.codePointBefore(end));
        }
        return text.substring(start, end);
    }

    static List<Object> characters(String text) {
        List<Object> characters = new ArrayList<>(text.length());
        text.codePoints().forEach(c -> characters.add(Character.toString(c)));
        return characters;
    }

    static int length(String text) {
        return text.codePointCount(0, text.length());
    }

    static String typeName(Object value) {
        return switch (value) {
            case None none -> "NoneType";
            case Boolean flag -> "bool";
            case Long number -> "int";
            case BigInteger number -> "int";
            case Double number -> "float";
            case String text -> "str";
            case Sequence sequence -> sequence.kind().typeName();
            case Dict dict -> "dict";
            case Undefined undefined -> "Undefined";
            case Generator generator -> "generator";
            case Namespace namespace -> "jinja2.utils.Namespace";
            case Loop loop -> "jinja2.runtime.LoopContext";
            case Callable.Macro macro -> "jinja2.runtime.Macro";
            case Callable.Method method -> "builtin_function_or_method";
            default -> "function";
        };
    }

    /** Python's {@code str(value)}; nothing for what is undefined. */
    static String str(Object value, Budget budget) {
        return switch (value) {
            case String text -> text;
            case Undefined undefined -> "";
            default -> repr(value, budget);
        };
    }

    /** Python's {@code repr(value)}. */
    static String repr(Object value, Budget budget) {
        var out = new StringBuilder();
        repr(value, out, budget);
        return out.toString();
    }

    private static void repr(Object value, StringBuilder out, Budget budget) {
        budget.enter();
        int before = out.length();
        switch (value) {
            case None none -> out.append("None");
            case Boolean flag -> out.append(flag ? "True" : "False");
            case Long number -> out.append(number);
            case BigInteger number -> {
                budget.largeInteger();
                out.append(number);
            }
            case Double number -> out.append(real(number));
            case String text -> {
                budget.string(text.length());
                quoted(text, out);
            }
            case Undefined undefined -> out.append("Undefined");
            case Sequence sequence -> sequence(sequence, out, budget);
            case Dict dict -> {
                out.append('{');
                String separator = "";
                for (Dict.Entry entry : dict.entries()) {
                    out.append(separator);
                    repr(entry.key(), out, budget);
                    out.append(": ");
                    repr(entry.value(), out, budget);
                    separator = ", ";
                }
                out.append('}');
            }
            case Namespace namespace -> {
                var attributes = new Dict();
                namespace.attributes().forEach(attributes::put);
                out.append("<Namespace ");
                repr(attributes, out, budget);
                out.append('>');
            }
            case Callable.Macro macro -> out.append("<Macro '").append(macro.declaration().name()).append("'>");
            default -> throw TemplateException.type(
                    "a %s has no text form that would be the same twice".formatted(typeName(value)));
        }
        budget.string(value instanceof String ? 0 : Math.min(64, out.length() - before));
        budget.leave();
    }

    private static void sequence(Sequence sequence, StringBuilder out, Budget budget) {
        boolean list = sequence.kind() == Sequence.Kind.LIST;
        switch (sequence.kind()) {
            case LIST -> out.append('[');
            case TUPLE -> out.append('(');
            case RANGE -> throw TemplateException.type("a range is not printed here; write range(...)|list");
            default -> out.append(sequence.kind().typeName()).append("([");
        }
        Iterator<Object> items = sequence.items().iterator();
        while (items.hasNext()) {
            repr(items.next(), out, budget);
            if (items.hasNext()) {
                out.append(", ");
            } else if (sequence.kind() == Sequence.Kind.TUPLE && sequence.items().size() == 1) {
                out.append(',');
            }
        }
        out.append(list ? "]" : sequence.kind() == Sequence.Kind.TUPLE ? ")" : "])");
    }

    /** A value in an error message, cut short. */
    static String shortForm(Object value) {
        String text;
        try {
            text = repr(value, new Budget(new Limits(1000, 20, 4000, 4000)));
        } catch (TemplateException e) {
            text = typeName(value);
        }
        return text.length() <= 80 ? text : text.substring(0, 77) + "...";
    }

    /** Python's {@code repr} of a float: the shortest digits that give it back, with an exponent from 1e16 and below 1e-4. */
    static String real(double number) {
        if (Double.isNaN(number)) {
            return "nan";
        }
        if (Double.isInfinite(number)) {
            return number > 0 ? "inf" : "-inf";
        }
        if (number == 0) {
            return 1 / number < 0 ? "-0.0" : "0.0";
        }
        BigDecimal decimal = new BigDecimal(Double.toString(Math.abs(number))).stripTrailingZeros();
        String sign = number < 0 ? "-" : "";
        int exponent = decimal.precision() - decimal.scale() - 1;
        if (exponent >= -4 && exponent < 16) {
            String plain = decimal.toPlainString();
            return sign + plain + (plain.indexOf('.') < 0 ? ".0" : "");
        }
        String digits = decimal.unscaledValue().toString();
        String mantissa = digits.length() == 1 ? digits : digits.charAt(0) + "." + digits.substring(1);
        return sign + mantissa + exponent(exponent);
    }

    /** {@code e+16}: sign and at least two digits. */
    static String exponent(int exponent) {
        return "e%s%02d".formatted(exponent < 0 ? "-" : "+", Math.abs(exponent));
    }

    private static void quoted(String text, StringBuilder out) {
        char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
        out.append(quote);
        text.codePoints().forEach(c -> {
            switch (c) {
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\\' -> out.append("\\\\");
                default -> {
                    if (c == quote) {
                        out.append('\\').append(quote);
                    } else if (isPrintable(c)) {
                        out.appendCodePoint(c);
                    } else if (c < 0x100) {
                        out.append("\\x%02x".formatted(c));
                    } else {
                        out.append((c < 0x10000 ? "\\u%04x" : "\\U%08x").formatted(c));
                    }
                }
            }
        });
        out.append(quote);
    }

    private static boolean isPrintable(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR ->
                false;
            case Character.SPACE_SEPARATOR -> c == ' ';
            default -> true;
        };
    }

    /**
     * Resolves the escapes of a Python string literal; unknown ones stay as they are.
     *
     * @throws IllegalArgumentException if an escape lacks digits
     */
    static String unescape(String raw) {
        if (raw.indexOf('\\') < 0) {
            return raw;
        }
        var out = new StringBuilder(raw.length());
        int i = 0;
        while (i < raw.length()) {
            char c = raw.charAt(i++);
            if (c != '\\') {
                out.append(c);
                continue;
            }
            char escape = raw.charAt(i++);
            switch (escape) {
                case '\n' -> {}
                case 'n' -> out.append('\n');
                case 't' -> out.append('\t');
                case 'r' -> out.append('\r');
                case 'a' -> out.append('\u0007');
                case 'b' -> out.append('\b');
                case 'f' -> out.append('\f');
                case 'v' -> out.append('\u000b');
                case '\\', '\'', '"' -> out.append(escape);
                case 'x' -> i = hexadecimal(raw, i, 2, out);
                case 'u' -> i = hexadecimal(raw, i, 4, out);
                case 'U' -> i = hexadecimal(raw, i, 8, out);
                case 'N' -> throw new IllegalArgumentException("\\N{...} is not supported");
                case '0', '1', '2', '3', '4', '5', '6', '7' -> i = octal(raw, i - 1, out);
                default -> out.append('\\').append(escape);
            }
        }
        return out.toString();
    }

    private static int hexadecimal(String raw, int start, int digits, StringBuilder out) {
        int end = start + digits;
        if (end > raw.length() || !raw.substring(start, end).chars().allMatch(c -> Character.digit(c, 16) >= 0)) {
            throw new IllegalArgumentException("%d hexadecimal digits must follow \\%c".formatted(
                    digits, raw.charAt(start - 1)));
        }
        long codePoint = Long.parseLong(raw.substring(start, end), 16);
        if (codePoint > Character.MAX_CODE_POINT) {
            throw new IllegalArgumentException("no character has the number 0x%x".formatted(codePoint));
        }
        out.appendCodePoint((int) codePoint);
        return end;
    }

    private static int octal(String raw, int start, StringBuilder out) {
        int end = start;
        while (end < raw.length() && end < start + 3 && raw.charAt(end) >= '0' && raw.charAt(end) <= '7') {
            end++;
        }
        out.appendCodePoint(Integer.parseInt(raw.substring(start, end), 8));
        return end;
    }
}
