package dev.vesper.llm.chat.jinja;

import dev.vesper.llm.chat.jinja.Arguments.Bound;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The methods of strings, lists, tuples, dicts and loops; those that would change a value are out of reach. */
final class Methods {
    private static final Set<String> CHANGING_LIST =
            Set.of("append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort");
    private static final Set<String> CHANGING_DICT = Set.of("clear", "pop", "popitem", "setdefault", "update");
    private static final Set<String> OF_SEQUENCE = Set.of("count", "index");
    private static final Set<String> OF_LIST = Set.of("count", "index", "copy");
    private static final Set<String> OF_DICT = Set.of("copy", "get", "items", "keys", "values");

    private Methods() {}

    /** The method of that name, or what stands for one that the sandbox forbids. */
    static Optional<Object> find(Object target, String name) {
        boolean forbidden = switch (target) {
            case Dict dict -> CHANGING_DICT.contains(name);
            case Sequence sequence -> sequence.kind() == Sequence.Kind.LIST && CHANGING_LIST.contains(name);
            default -> false;
        };
        if (forbidden) {
            return Optional.of(Undefined.forbidden(target, name));
        }
        boolean found = switch (target) {
            case String text -> Strings.METHODS.contains(name);
            case Dict dict -> OF_DICT.contains(name);
            case Sequence sequence when sequence.kind() == Sequence.Kind.LIST -> OF_LIST.contains(name);
            case Sequence sequence -> sequence.indexable() && OF_SEQUENCE.contains(name);
            default -> false;
        };
        return found ? Optional.of(new Callable.Method(target, name)) : Optional.empty();
    }

    static Object call(Callable.Method method, Arguments arguments, Budget budget) {
        return switch (method.receiver()) {
            case String text -> Strings.call(text, method.name(), arguments, budget);
            case Dict dict -> callDict(dict, method.name(), arguments, budget);
            case Sequence sequence -> callSequence(sequence, method.name(), arguments, budget);
            case Loop loop when method.name().equals("cycle") -> loop.cycle(arguments.positional());
            case Loop loop -> loop.changed(arguments.positional(), budget);
            default -> throw new AssertionError(method);
        };
    }

    private static Object callDict(Dict dict, String name, Arguments arguments, Budget budget) {
        if (name.equals("get")) {
            if (!arguments.named().isEmpty()) {
                throw TemplateException.type("dict.get() takes no keyword arguments");
            }
            Bound bound = arguments.bind("get", 1, "key", "default");
            return dict.get(bound.value(0)).orElseGet(() -> bound.value(1, None.NONE));
        }
        arguments.bind(name, 0);
        budget.dict(name.equals("items") ? dict.size() : 0);
        budget.list(dict.size());
        return switch (name) {
            case "items" -> dict.pairs();
            case "keys" -> dict.keys();
            case "values" -> dict.values();
            default -> dict;
        };
    }

    private static Object callSequence(Sequence sequence, String name, Arguments arguments, Budget budget) {
        if (name.equals("copy")) {
            arguments.bind(name, 0);
            return sequence;
        }
        Object wanted = arguments.bind(name, 1, "value").value(0);
        List<Object> items = sequence.items();
        long count = 0;
        for (int i = 0; i < items.size(); i++) {
            budget.step();
            if (Comparing.equal(items.get(i), wanted, budget)) {
                if (name.equals("index")) {
                    return (long) i;
                }
                count++;
            }
        }
        if (name.equals("index")) {
            throw TemplateException.value("%s is not in %s".formatted(
                    PythonText.shortForm(wanted), sequence.kind().typeName()));
        }
        return count;
    }
}
