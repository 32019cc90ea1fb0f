package dev.vesper.llm.chat.jinja;

import java.util.Locale;
import java.util.Map;

/** Jinja's tests, what stands after {@code is}. */
final class Checks {
    @FunctionalInterface
    private interface Check {
        boolean holds(Object value, Arguments arguments, Budget budget);
    }

    private static final Map<String, Check> CHECKS = Map.ofEntries(
            Map.entry("defined", (value, arguments, budget) -> !(value instanceof Undefined)),
            Map.entry("undefined", (value, arguments, budget) -> value instanceof Undefined),
            Map.entry("none", (value, arguments, budget) -> value == None.NONE),
            Map.entry("string", (value, arguments, budget) -> value instanceof String),
            Map.entry("mapping", (value, arguments, budget) -> value instanceof Dict),
            Map.entry("iterable", (value, arguments, budget) -> isSequence(value) || isOtherIterable(value)),
            Map.entry("sequence", (value, arguments, budget) -> isSequence(value)),
            Map.entry("number", (value, arguments, budget) -> Numbers.isNumber(value)),
            Map.entry("integer", (value, arguments, budget) -> isInteger(value)),
            Map.entry("float", (value, arguments, budget) -> value instanceof Double),
            Map.entry("boolean", (value, arguments, budget) -> value instanceof Boolean),
            Map.entry("true", (value, arguments, budget) -> Boolean.TRUE.equals(value)),
            Map.entry("false", (value, arguments, budget) -> Boolean.FALSE.equals(value)),
            Map.entry("callable", (value, arguments, budget) -> value instanceof Callable || value instanceof Loop),
            Map.entry("sameas", (value, arguments, budget) -> same(value, other("sameas", arguments))),
            Map.entry("odd", (value, arguments, budget) -> modulo(value, 2L) == 1),
            Map.entry("even", (value, arguments, budget) -> modulo(value, 2L) == 0),
            Map.entry("divisibleby",
                    (value, arguments, budget) -> modulo(value, other("divisibleby", arguments)) == 0),
            Map.entry("lower", (value, arguments, budget) -> {
                String text = PythonText.str(value, budget);
                return Strings.cased(text) && text.equals(text.toLowerCase(Locale.ROOT));
            }),
            Map.entry("upper", (value, arguments, budget) -> {
                String text = PythonText.str(value, budget);
                return Strings.cased(text) && text.equals(text.toUpperCase(Locale.ROOT));
            }),
            Map.entry("filter", (value, arguments, budget) -> value instanceof String name && Filters.exists(name)),
            Map.entry("test", (value, arguments, budget) -> value instanceof String name && exists(name)),
            Map.entry("eq", comparison("==")),
            Map.entry("equalto", comparison("==")),
            Map.entry("==", comparison("==")),
            Map.entry("ne", comparison("!=")),
            Map.entry("!=", comparison("!=")),
            Map.entry("lt", comparison("<")),
            Map.entry("lessthan", comparison("<")),
            Map.entry("<", comparison("<")),
            Map.entry("le", comparison("<=")),
            Map.entry("<=", comparison("<=")),
            Map.entry("gt", comparison(">")),
            Map.entry("greaterthan", comparison(">")),
            Map.entry(">", comparison(">")),
            Map.entry("ge", comparison(">=")),
            Map.entry(">=", comparison(">=")),
            Map.entry("in", comparison("in")));

    private Checks() {}

    static boolean exists(String name) {
        return CHECKS.containsKey(name);
    }

    static boolean holds(String name, Object value, Arguments arguments, Budget budget) {
        Check check = CHECKS.get(name);
        if (check == null) {
            throw TemplateException.type("No test named '%s' found.".formatted(name));
        }
        if (value instanceof String text) {
            budget.scan(text.length());
        }
        return check.holds(value, arguments, budget);
    }

    private static Check comparison(String operator) {
        return (value, arguments, budget) -> Comparing.holds(operator, value, other(operator, arguments), budget);
    }

    private static Object other(String name, Arguments arguments) {
        return arguments.bind("test " + name, 1, "other").value(0);
    }

    /** Has a length and can be indexed; as in jinja2, dicts and what is undefined count too. */
    private static boolean isSequence(Object value) {
        return value instanceof String
                || value instanceof Dict
                || value instanceof Undefined
                || (value instanceof Sequence sequence && sequence.indexable());
    }

    private static boolean isOtherIterable(Object value) {
        return value instanceof Sequence || value instanceof Generator || value instanceof Loop;
    }

    private static boolean isInteger(Object value) {
        return Numbers.isInteger(value) && !(value instanceof Boolean);
    }

    @SuppressWarnings("ReferenceEquality") // Python's "is" asks for the same object
    private static boolean same(Object left, Object right) {
        boolean comparable = left instanceof Long || left instanceof Boolean || left instanceof String;
        return left == right || (comparable && left.equals(right));
    }

    private static double modulo(Object value, Object divisor) {
        if (value instanceof Undefined undefined) {
            throw undefined.failure();
        }
        if (!Numbers.isNumber(value) || !Numbers.isNumber(divisor)) {
            throw TemplateException.type("unsupported operand type(s) for %%: '%s' and '%s'"
                    .formatted(PythonText.typeName(value), PythonText.typeName(divisor)));
        }
        return Numbers.real(Numbers.arithmetic("%", value, divisor));
    }
}
