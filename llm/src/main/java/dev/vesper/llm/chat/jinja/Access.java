package dev.vesper.llm.chat.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@code target.name}, {@code target[index]}, slices, and going through a value's items. */
final class Access {
    private Access() {}

    /** {@code target.name}: a method or attribute if there is one, else the value under that key. */
    static Object attribute(Object target, String name) {
        if (target instanceof Undefined undefined) {
            throw undefined.failure();
        }
        Optional<Object> own = ownAttribute(target, name);
        if (own.isPresent()) {
            return own.get();
        }
        return (target instanceof Dict dict ? dict.get(name) : Optional.empty())
                .orElseGet(() -> Undefined.member(target, name));
    }

    /** What Python's {@code getattr} finds: what belongs to the object itself and not to its contents. */
    private static Optional<Object> ownAttribute(Object target, String name) {
        if (name.length() > 4 && name.startsWith("__") && name.endsWith("__")) {
            boolean key = target instanceof Dict dict && dict.get(name).isPresent();
            return key ? Optional.empty() : Optional.of(Undefined.forbidden(target, name));
        }
        return switch (target) {
            case Namespace namespace -> Optional.ofNullable(namespace.attributes().get(name));
            case Loop loop -> loop.attribute(name);
            case Callable.Macro macro when name.equals("name") -> Optional.of(macro.declaration().name());
            default -> Methods.find(target, name);
        };
    }

    /** {@code target[index]}: the element or the value under that key, else a method or attribute of that name. */
    static Object item(Object target, Object index, Budget budget) {
        Optional<Object> element = switch (target) {
            case Undefined undefined -> throw undefined.failure();
            case Dict dict -> Dict.isHashable(index) ? dict.get(index) : Optional.empty();
            case Sequence sequence when sequence.indexable() && Numbers.isInteger(index) ->
                at(sequence.items().size(), index).map(sequence.items()::get);
            case String text when Numbers.isInteger(index) -> {
                budget.scan(text.length());
                yield character(text, index);
            }
            default -> Optional.empty();
        };
        if (element.isPresent()) {
            return element.get();
        }
        if (index instanceof String name) {
            return ownAttribute(target, name).orElseGet(() -> Undefined.member(target, name));
        }
        return Undefined.member(target, index);
    }

    /** The position that a Python index means, counting from the end if it is negative. */
    private static Optional<Integer> at(int size, Object index) {
        long position = Numbers.integer(index).longValue();
        long fromStart = position < 0 ? position + size : position;
        return fromStart >= 0 && fromStart < size ? Optional.of((int) fromStart) : Optional.empty();
    }

    private static Optional<Object> character(String text, Object index) {
        int length = PythonText.length(text);
        return at(length, index).map(position -> {
            int start = text.offsetByCodePoints(0, position);
            return text.substring(start, text.offsetByCodePoints(start, 1));
        });
    }

    /** {@code target[start:stop:step]}, none for a part that is left out. */
    static Object slice(Object target, Object start, Object stop, Object step, Budget budget) {
        return switch (target) {
            case String text -> slice(text, start, stop, step, budget);
            case Sequence sequence when sequence.indexable() -> {
                List<Object> items = sequence.items();
                budget.list(items.size());
                Range range = range(items.size(), start, stop, step);
                List<Object> chosen = new ArrayList<>();
                for (int i = 0; i < range.count(); i++) {
                    chosen.add(items.get(range.at(i)));
                }
                yield new Sequence(sequence.kind(), chosen);
            }
            case Undefined undefined -> throw undefined.failure();
            case Dict dict -> throw TemplateException.type("unhashable type: 'slice'");
            default -> throw TemplateException.type(
                    "'%s' object is not subscriptable".formatted(PythonText.typeName(target)));
        };
    }

    private static String slice(String text, Object start, Object stop, Object step, Budget budget) {
        budget.string(text.length());
        int length = PythonText.length(text);
        Range range = range(length, start, stop, step);
        if (range.step() == 1) {
            int from = text.offsetByCodePoints(0, range.count() == 0 ? 0 : range.start());
            return text.substring(from, text.offsetByCodePoints(from, range.count()));
        }
        int[] characters = text.codePoints().toArray();
        var chosen = new StringBuilder();
        for (int i = 0; i < range.count(); i++) {
            chosen.appendCodePoint(characters[range.at(i)]);
        }
        return chosen.toString();
    }

    private record Range(int start, int step, int count) {
        int at(int i) {
            return start + i * step;
        }
    }

    private static Range range(int size, Object start, Object stop, Object step) {
        long stride = step == None.NONE ? 1 : bound(step);
        if (stride == 0) {
            throw TemplateException.value("slice step cannot be zero");
        }
        long lowest = stride > 0 ? 0 : -1;
        long highest = stride > 0 ? size : size - 1L;
        long from = start == None.NONE ? (stride > 0 ? lowest : highest) : clamp(bound(start), size, lowest, highest);
        long to = stop == None.NONE ? (stride > 0 ? highest : lowest) : clamp(bound(stop), size, lowest, highest);
        long distance = stride > 0 ? to - from : from - to;
        long count = distance <= 0 ? 0 : (distance - 1) / Math.abs(stride) + 1;
        return new Range((int) from, Math.clamp(stride, -size - 1, size + 1), (int) count);
    }

    private static long bound(Object value) {
        if (value instanceof Undefined undefined) {
            throw undefined.failure();
        }
        if (!Numbers.isInteger(value)) {
            throw TemplateException.type("slice indices must be integers or None or have an __index__ method");
        }
        return Math.clamp(Numbers.integer(value).longValue(), -Integer.MAX_VALUE, Integer.MAX_VALUE);
    }

    private static long clamp(long index, int size, long lowest, long highest) {
        return Math.clamp(index < 0 ? index + size : index, lowest, highest);
    }

    /** What a loop over the value goes through; a generator is used up by it. */
    static List<Object> items(Object value, Budget budget) {
        return switch (value) {
            case String text -> {
                budget.texts(text.length());
                yield PythonText.characters(text);
            }
            case Sequence sequence -> sequence.items();
            case Dict dict -> {
                budget.list(dict.size());
                yield dict.keys().items();
            }
            case Generator generator -> generator.rest();
            case Undefined undefined -> List.of();
            default -> throw TemplateException.type(
                    "'%s' object is not iterable".formatted(PythonText.typeName(value)));
        };
    }

    static int length(Object value, Budget budget) {
        return switch (value) {
            case String text -> {
                budget.scan(text.length());
                yield PythonText.length(text);
            }
            case Sequence sequence -> sequence.items().size();
            case Dict dict -> dict.size();
            case Undefined undefined -> 0;
            default -> throw TemplateException.type(
                    "object of type '%s' has no len()".formatted(PythonText.typeName(value)));
        };
    }
}
