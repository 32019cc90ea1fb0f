package dev.vesper.llm.chat.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Arithmetic operators on values of any type. */
final class Operators {
    private Operators() {}

    static Object apply(String operator, Object left, Object right, Budget budget) {
        if (Numbers.isNumber(left) && Numbers.isNumber(right)) {
            if (left instanceof BigInteger || right instanceof BigInteger || operator.equals("**")) {
                budget.largeInteger();
            }
            return Numbers.arithmetic(operator, left, right);
        }
        if (operator.equals("%") && left instanceof String format) {
            return PercentFormat.apply(format, right, budget);
        }
        if (left instanceof Undefined undefined) {
            throw undefined.failure();
        }
        if (right instanceof Undefined undefined) {
            throw undefined.failure();
        }
        return switch (operator) {
            case "+" -> add(left, right, budget);
            case "*" -> multiply(left, right, budget);
            default -> throw unsupported(operator, left, right);
        };
    }

    private static TemplateException unsupported(String operator, Object left, Object right) {
        return TemplateException.type("unsupported operand type(s) for %s: '%s' and '%s'"
                .formatted(
                        operator.equals("**") ? "** or pow()" : operator,
                        PythonText.typeName(left),
                        PythonText.typeName(right)));
    }

    private static Object add(Object left, Object right, Budget budget) {
        if (left instanceof String a && right instanceof String b) {
            budget.string((long) a.length() + b.length());
            return a + b;
        }
        if (left instanceof Sequence a && (a.kind() == Sequence.Kind.LIST || a.kind() == Sequence.Kind.TUPLE)) {
            if (right instanceof Sequence b && a.kind() == b.kind()) {
                budget.list((long) a.items().size() + b.items().size());
                List<Object> items = new ArrayList<>(a.items());
                items.addAll(b.items());
                return new Sequence(a.kind(), items);
            }
            throw cannotConcatenate(a, right);
        }
        if (left instanceof String) {
            throw cannotConcatenate(left, right);
        }
        throw unsupported("+", left, right);
    }

    private static TemplateException cannotConcatenate(Object left, Object right) {
        String type = PythonText.typeName(left);
        return TemplateException.type(
                "can only concatenate %s (not \"%s\") to %s".formatted(type, PythonText.typeName(right), type));
    }

    private static Object multiply(Object left, Object right, Budget budget) {
        Object repeated = Numbers.isInteger(left) ? right : left;
        Object times = Numbers.isInteger(left) ? left : right;
        boolean repeatable = repeated instanceof String
                || (repeated instanceof Sequence list
                        && (list.kind() == Sequence.Kind.LIST || list.kind() == Sequence.Kind.TUPLE));
        if (!repeatable) {
            throw unsupported("*", left, right);
        }
        if (!Numbers.isInteger(times)) {
            throw TemplateException.type(
                    "can't multiply sequence by non-int of type '%s'".formatted(PythonText.typeName(times)));
        }
        BigInteger given = Numbers.integer(times);
        long count = given.signum() <= 0 ? 0 : given.bitLength() > 31 ? 1L << 31 : given.longValue();
        return repeat(repeated, count, budget);
    }

    private static Object repeat(Object repeated, long count, Budget budget) {
        if (repeated instanceof Sequence sequence) {
            if (sequence.items().isEmpty()) {
                return sequence;
            }
            budget.list(sequence.items().size() * count);
            List<Object> items = new ArrayList<>();
            Collections.nCopies((int) count, sequence.items()).forEach(items::addAll);
            return new Sequence(sequence.kind(), items);
        }
        String text = (String) repeated;
        if (text.isEmpty()) {
            return text;
        }
        budget.string(text.length() * count);
        return text.repeat((int) count);
    }

    static Object sign(boolean negative, Object operand) {
        if (operand instanceof Undefined undefined) {
            throw undefined.failure();
        }
        if (!Numbers.isNumber(operand)) {
            throw TemplateException.type("bad operand type for unary %s: '%s'"
                    .formatted(negative ? "-" : "+", PythonText.typeName(operand)));
        }
        if (operand instanceof Double number) {
            return negative ? -number : number;
        }
        var number = Numbers.integer(operand);
        return Numbers.normal(negative ? number.negate() : number);
    }
}
