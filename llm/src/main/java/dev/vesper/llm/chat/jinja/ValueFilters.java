package dev.vesper.llm.chat.jinja;

import dev.vesper.llm.chat.jinja.Arguments.Bound;
import dev.vesper.llm.chat.jinja.Filters.Filter;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.Map;

/** Filters that give a number, or stand in for a value that is not there. */
final class ValueFilters {
    static final Map<String, Filter> FILTERS = Map.ofEntries(
            Map.entry("default", ValueFilters::orDefault),
            Map.entry("d", ValueFilters::orDefault),
            Map.entry("attr",
                    (value, arguments, budget) -> attribute(value, arguments.bind("attr", 1, "name").text(0, ""))),
            Map.entry("length", (value, arguments, budget) -> length(value, arguments, budget)),
            Map.entry("count", (value, arguments, budget) -> length(value, arguments, budget)),
            Map.entry("abs", (value, arguments, budget) -> absolute(value, arguments)),
            Map.entry("int", ValueFilters::toInteger),
            Map.entry("float", ValueFilters::toReal),
            Map.entry("round", ValueFilters::round));

    private ValueFilters() {}

    private static Object orDefault(Object value, Arguments arguments, Budget budget) {
        Bound bound = arguments.bind("default", 0, "default_value", "boolean");
        boolean replaced = value instanceof Undefined || (bound.flag(1, false) && !Numbers.truth(value));
        return replaced ? bound.value(0, "") : value;
    }

    /** Unlike the dot, {@code attr} finds no keys. */
    private static Object attribute(Object value, String name) {
        return value instanceof Dict dict
                ? Methods.find(dict, name).orElseGet(() -> Undefined.member(dict, name))
                : Access.attribute(value, name);
    }

    private static Object length(Object value, Arguments arguments, Budget budget) {
        arguments.bind("length", 0);
        return (long) Access.length(value, budget);
    }

    private static Object absolute(Object value, Arguments arguments) {
        arguments.bind("abs", 0);
        boolean negative = Numbers.isNumber(value) && Numbers.compare(value, 0L) < 0;
        if (value instanceof Double number) {
            return Math.abs(number);
        }
        if (!Numbers.isNumber(value) && !(value instanceof Undefined)) {
            throw TemplateException.type("bad operand type for abs(): '%s'".formatted(PythonText.typeName(value)));
        }
        return Operators.sign(negative, value);
    }

    private static Object toInteger(Object value, Arguments arguments, Budget budget) {
        Bound bound = arguments.bind("int", 0, "default", "base");
        Object standard = bound.value(0, 0L);
        return switch (value) {
            case Undefined undefined -> throw undefined.failure();
            case Double number -> Double.isFinite(number) ? Strings.truncated(number) : standard;
            case Object number when Numbers.isInteger(number) -> Numbers.normal(Numbers.integer(number));
            case String text -> parsed(text, bound.integer(1, 10), standard, budget);
            default -> standard;
        };
    }

    private static Object parsed(String text, int base, Object standard, Budget budget) {
        budget.scan(text.length());
        String digits = PythonText.strip(text, PythonText.WHITESPACE, true, true);
        if (digits.length() > 4000) {
            return standard;
        }
        boolean negative = digits.startsWith("-");
        String unsigned = negative || digits.startsWith("+") ? digits.substring(1) : digits;
        String prefix = unsigned.length() > 1 ? unsigned.substring(0, 2).toLowerCase(Locale.ROOT) : "";
        boolean prefixed = (base == 16 && prefix.equals("0x"))
                || (base == 8 && prefix.equals("0o"))
                || (base == 2 && prefix.equals("0b"));
        try {
            String bare = (prefixed ? unsigned.substring(2) : unsigned).replaceAll("(?<=\\w)_(?=\\w)", "");
            if (bare.startsWith("-") || bare.startsWith("+")) {
                return standard;
            }
            BigInteger number = new BigInteger(bare, base);
            return Numbers.normal(negative ? number.negate() : number);
        } catch (NumberFormatException e) {
            Object real = real(text, standard);
            return real instanceof Double number && Double.isFinite(number) ? Strings.truncated(number) : standard;
        }
    }

    private static Object toReal(Object value, Arguments arguments, Budget budget) {
        Object standard = arguments.bind("float", 0, "default").value(0, 0.0);
        return switch (value) {
            case Undefined undefined -> throw undefined.failure();
            case String text -> {
                budget.scan(text.length());
                yield text.length() > 4000 ? standard : real(text, standard);
            }
            case Object number when Numbers.isNumber(number) -> Numbers.real(number);
            default -> standard;
        };
    }

    private static Object real(String text, Object standard) {
        String digits = PythonText.strip(text, PythonText.WHITESPACE, true, true).toLowerCase(Locale.ROOT);
        return switch (digits) {
            case "nan", "+nan", "-nan" -> Double.NaN;
            case "inf", "+inf", "infinity", "+infinity" -> Double.POSITIVE_INFINITY;
            case "-inf", "-infinity" -> Double.NEGATIVE_INFINITY;
            default -> {
                // Java would also read 1f, 1d, 0x1p3
                boolean decimal = !digits.isEmpty() && digits.chars().allMatch(c -> "0123456789.+-e_".indexOf(c) >= 0);
                try {
                    yield decimal ? (Object) Double.valueOf(digits.replaceAll("(?<=\\d)_(?=\\d)", "")) : standard;
                } catch (NumberFormatException e) {
                    yield standard;
                }
            }
        };
    }

    private static Object round(Object value, Arguments arguments, Budget budget) {
        Bound bound = arguments.bind("round", 0, "precision", "method");
        int precision = Math.clamp(bound.integer(0, 0), -400, 400);
        RoundingMode mode = switch (bound.text(1, "common")) {
            case "common" -> RoundingMode.HALF_EVEN;
            case "ceil" -> RoundingMode.CEILING;
            case "floor" -> RoundingMode.FLOOR;
            default -> throw TemplateException.value("method must be common, ceil or floor");
        };
        if (value instanceof Undefined undefined) {
            throw undefined.failure();
        }
        if (Numbers.isInteger(value) && mode == RoundingMode.HALF_EVEN) {
            BigDecimal number = new BigDecimal(Numbers.integer(value));
            return Numbers.normal(number.setScale(Math.min(0, precision), mode).toBigInteger());
        }
        double number = Numbers.real(value);
        if (!Double.isFinite(number)) {
            return number;
        }
        if (mode == RoundingMode.HALF_EVEN) {
            return new BigDecimal(number).setScale(precision, mode).doubleValue();
        }
        double scale = Math.pow(10, precision);
        return (mode == RoundingMode.CEILING ? Math.ceil(number * scale) : Math.floor(number * scale)) / scale;
    }
}
