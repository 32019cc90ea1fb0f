package dev.vesper.llm.chat.jinja;

import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/** Equality, order and membership as Python has them. */
final class Comparing {
    private Comparing() {}

    @SuppressWarnings("ReferenceEquality") // the same object is equal without looking into it, as in Python
    static boolean equal(Object left, Object right, Budget budget) {
        if (left == right) {
            return true;
        }
        if (Numbers.isNumber(left) && Numbers.isNumber(right)) {
            return !isNaN(left) && !isNaN(right) && Numbers.compare(left, right) == 0;
        }
        budget.enter();
        boolean equal = switch (left) {
            case String a when right instanceof String b -> {
                budget.scan(Math.min(a.length(), b.length()));
                yield a.equals(b);
            }
            case Sequence a when right instanceof Sequence b ->
                a.kind() == b.kind() && allEqual(a.items(), b.items(), budget);
            case Dict a when right instanceof Dict b -> equalDicts(a, b, budget);
            case Undefined a -> right instanceof Undefined;
            default -> false;
        };
        budget.leave();
        return equal;
    }

    private static boolean allEqual(List<Object> left, List<Object> right, Budget budget) {
        if (left.size() != right.size()) {
            return false;
        }
        Iterator<Object> others = right.iterator();
        for (Object item : left) {
            if (!equal(item, others.next(), budget)) {
                return false;
            }
        }
        return true;
    }

    private static boolean equalDicts(Dict left, Dict right, Budget budget) {
        if (left.size() != right.size()) {
            return false;
        }
        for (Dict.Entry entry : left.entries()) {
            Optional<Object> other = right.get(entry.key());
            if (other.isEmpty() || !equal(entry.value(), other.get(), budget)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isNaN(Object number) {
        return number instanceof Double value && Double.isNaN(value);
    }

    static boolean holds(String operator, Object left, Object right, Budget budget) {
        return switch (operator) {
            case "==" -> equal(left, right, budget);
            case "!=" -> !equal(left, right, budget);
            case "in" -> contains(right, left, budget);
            case "not in" -> !contains(right, left, budget);
            default -> {
                if (isNaN(left) || isNaN(right)) {
                    yield false;
                }
                int order = order(operator, left, right, budget);
                yield switch (operator) {
                    case "<" -> order < 0;
                    case "<=" -> order <= 0;
                    case ">" -> order > 0;
                    default -> order >= 0;
                };
            }
        };
    }

    /** Negative, zero or positive; {@code operator} is for the message if the two have no order. */
    static int order(String operator, Object left, Object right, Budget budget) {
        if (Numbers.isNumber(left) && Numbers.isNumber(right)) {
            return Numbers.compare(left, right);
        }
        if (left instanceof String a && right instanceof String b) {
            budget.scan(Math.min(a.length(), b.length()));
            return compareText(a, b);
        }
        if (left instanceof Sequence a && right instanceof Sequence b && a.kind() == b.kind() && a.indexable()) {
            budget.enter();
            int order = orderItems(operator, a.items(), b.items(), budget);
            budget.leave();
            return order;
        }
        if (left instanceof Undefined undefined) {
            throw undefined.failure();
        }
        if (right instanceof Undefined undefined) {
            throw undefined.failure();
        }
        throw TemplateException.type("'%s' not supported between instances of '%s' and '%s'"
                .formatted(operator, PythonText.typeName(left), PythonText.typeName(right)));
    }

    private static int orderItems(String operator, List<Object> left, List<Object> right, Budget budget) {
        for (int i = 0; i < Math.min(left.size(), right.size()); i++) {
            if (!equal(left.get(i), right.get(i), budget)) {
                return order(operator, left.get(i), right.get(i), budget);
            }
        }
        return Integer.compare(left.size(), right.size());
    }

    /** By code points, as Python compares, and not by UTF-16 units. */
    private static int compareText(String left, String right) {
        int mismatch = 0;
        int shorter = Math.min(left.length(), right.length());
        while (mismatch < shorter && left.charAt(mismatch) == right.charAt(mismatch)) {
            mismatch++;
        }
        if (mismatch == shorter) {
            return Integer.compare(left.length(), right.length());
        }
        char a = left.charAt(mismatch);
        char b = right.charAt(mismatch);
        boolean supplementary = Character.isSurrogate(a);
        return supplementary == Character.isSurrogate(b) ? Character.compare(a, b) : supplementary ? 1 : -1;
    }

    static boolean contains(Object container, Object item, Budget budget) {
        return switch (container) {
            case String text when item instanceof String part -> {
                budget.search(text, part);
                yield text.contains(part);
            }
            case String text -> throw TemplateException.type(
                    "'in <string>' requires string as left operand, not " + PythonText.typeName(item));
            case Dict dict -> dict.get(item).isPresent();
            case Sequence sequence -> among(sequence.items(), item, budget);
            case Generator generator -> among(generator.rest(), item, budget);
            case Undefined undefined -> false;
            default -> throw TemplateException.type(
                    "argument of type '%s' is not iterable".formatted(PythonText.typeName(container)));
        };
    }

    private static boolean among(List<Object> items, Object wanted, Budget budget) {
        for (Object item : items) {
            budget.step();
            if (equal(item, wanted, budget)) {
                return true;
            }
        }
        return false;
    }
}
