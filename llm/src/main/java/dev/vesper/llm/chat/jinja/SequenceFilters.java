package dev.vesper.llm.chat.jinja;

import dev.vesper.llm.chat.jinja.Arguments.Bound;
import dev.vesper.llm.chat.jinja.Filters.Filter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** Filters that go through the items of a value. */
final class SequenceFilters {
    static final Map<String, Filter> FILTERS = Map.ofEntries(
            Map.entry("list", (value, arguments, budget) -> list("list", value, arguments, budget)),
            Map.entry("items", SequenceFilters::items),
            Map.entry("first", SequenceFilters::first),
            Map.entry("last", SequenceFilters::last),
            Map.entry("join", SequenceFilters::join),
            Map.entry("reverse", SequenceFilters::reverse),
            Map.entry("dictsort", SequenceFilters::dictSort),
            Map.entry("sort", SequenceFilters::sort),
            Map.entry("unique", SequenceFilters::unique),
            Map.entry("min", (value, arguments, budget) -> extreme("min", value, arguments, budget)),
            Map.entry("max", (value, arguments, budget) -> extreme("max", value, arguments, budget)),
            Map.entry("sum", SequenceFilters::sum),
            Map.entry("batch", SequenceFilters::batch),
            Map.entry("map", SequenceFilters::map),
            Map.entry("select", (value, arguments, budget) -> select("select", value, arguments, budget)),
            Map.entry("reject", (value, arguments, budget) -> select("reject", value, arguments, budget)),
            Map.entry("selectattr", (value, arguments, budget) -> select("selectattr", value, arguments, budget)),
            Map.entry("rejectattr", (value, arguments, budget) -> select("rejectattr", value, arguments, budget)));

    private SequenceFilters() {}

    private static Sequence list(String name, Object value, Arguments arguments, Budget budget) {
        arguments.bind(name, 0);
        return Sequence.list(Access.items(value, budget));
    }

    private static Object items(Object value, Arguments arguments, Budget budget) {
        arguments.bind("items", 0);
        return switch (value) {
            case Undefined undefined -> new Generator(List.of());
            case Dict dict -> {
                budget.list(dict.size());
                yield new Generator(dict.pairs().items());
            }
            default -> throw TemplateException.type("Can only get item pairs from a mapping.");
        };
    }

    private static Object first(Object value, Arguments arguments, Budget budget) {
        arguments.bind("first", 0);
        Undefined none = Undefined.because("No first item, sequence was empty.");
        if (value instanceof Generator generator) {
            return generator.next().orElse(none);
        }
        List<Object> items = Access.items(value, budget);
        return items.isEmpty() ? none : items.getFirst();
    }

    private static Object last(Object value, Arguments arguments, Budget budget) {
        arguments.bind("last", 0);
        if (value instanceof Generator) {
            throw TemplateException.type("'generator' object is not reversible");
        }
        List<Object> items = Access.items(value, budget);
        return items.isEmpty() ? Undefined.because("No last item, sequence was empty.") : items.getLast();
    }

    private static Object join(Object value, Arguments arguments, Budget budget) {
        Bound bound = arguments.bind("join", 0, "d", "attribute");
        String separator = PythonText.str(bound.value(0, ""), budget);
        Function<Object, Object> part = bound.given(1) ? path(bound.value(1), None.NONE, budget) : item -> item;
        var out = new StringBuilder();
        boolean first = true;
        for (Object item : Access.items(value, budget)) {
            String text = PythonText.str(part.apply(item), budget);
            budget.string((long) text.length() + separator.length());
            out.append(first ? "" : separator).append(text);
            first = false;
        }
        return out.toString();
    }

    private static Object reverse(Object value, Arguments arguments, Budget budget) {
        arguments.bind("reverse", 0);
        if (value instanceof String text) {
            budget.string(text.length());
            return new StringBuilder(text).reverse().toString();
        }
        List<Object> items = new ArrayList<>(Access.items(value, budget));
        budget.list(items.size());
        Collections.reverse(items);
        return new Generator(items);
    }

    /** What a path such as {@code function.name} or {@code 0} finds in an item; {@code standard} if it finds nothing. */
    private static Function<Object, Object> path(Object path, Object standard, Budget budget) {
        List<Object> parts = new ArrayList<>();
        if (path instanceof String text) {
            budget.texts(text.length() / 2 + 1);
            for (String part : text.split("\\.", -1)) {
                boolean digits = !part.isEmpty() && part.length() < 10 && part.chars().allMatch(Character::isDigit);
                parts.add(digits ? (Object) Long.valueOf(part) : part);
            }
        } else {
            parts.add(path);
        }
        return item -> {
            Object found = item;
            for (Object part : parts) {
                budget.step();
                found = Access.item(found, part, budget);
                if (found instanceof Undefined && standard != None.NONE) {
                    found = standard;
                }
            }
            return found;
        };
    }

    private static Object folded(Object value, boolean caseSensitive) {
        return value instanceof String text && !caseSensitive ? text.toLowerCase(Locale.ROOT) : value;
    }

    private record Keyed(Object key, Object value) {}

    private static List<Object> sorted(
            List<Object> items, Function<Object, Object> key, boolean reverse, Budget budget) {
        budget.list(items.size());
        List<Keyed> keyed = new ArrayList<>();
        for (Object item : items) {
            keyed.add(new Keyed(key.apply(item), item));
        }
        Comparator<Keyed> order = (a, b) -> {
            budget.step();
            return Comparing.order("<", a.key(), b.key(), budget);
        };
        keyed.sort(reverse ? order.reversed() : order);
        return new ArrayList<>(keyed.stream().map(Keyed::value).toList());
    }

    private static Object dictSort(Object value, Arguments arguments, Budget budget) {
        Bound bound = arguments.bind("dictsort", 0, "case_sensitive", "by", "reverse");
        if (value instanceof Undefined undefined) {
            throw undefined.failure();
        }
        if (!(value instanceof Dict dict)) {
            throw TemplateException.type("'%s' object has no attribute 'items'".formatted(PythonText.typeName(value)));
        }
        int part = switch (bound.text(1, "key")) {
            case "key" -> 0;
            case "value" -> 1;
            default -> throw TemplateException.value("You can only sort by either \"key\" or \"value\"");
        };
        boolean caseSensitive = bound.flag(0, false);
        Function<Object, Object> key =
                pair -> folded(((Sequence) pair).items().get(part), caseSensitive);
        return Sequence.list(sorted(dict.pairs().items(), key, bound.flag(2, false), budget));
    }

    private static Object sort(Object value, Arguments arguments, Budget budget) {
        Bound bound = arguments.bind("sort", 0, "reverse", "case_sensitive", "attribute");
        boolean caseSensitive = bound.flag(1, false);
        Function<Object, Object> key = item -> folded(item, caseSensitive);
        if (bound.given(2)) {
            key = byPaths(bound.value(2), caseSensitive, budget);
        }
        return Sequence.list(sorted(Access.items(value, budget), key, bound.flag(0, false), budget));
    }

    /** One or, with commas between, several paths to sort by. */
    private static Function<Object, Object> byPaths(Object paths, boolean caseSensitive, Budget budget) {
        List<Function<Object, Object>> found = new ArrayList<>();
        if (paths instanceof String text) {
            for (String path : text.split(",", -1)) {
                found.add(path(path, None.NONE, budget));
            }
        } else {
            found.add(path(paths, None.NONE, budget));
        }
        return item -> Sequence.list(new ArrayList<>(
                found.stream().map(path -> folded(path.apply(item), caseSensitive)).toList()));
    }

    private static Object unique(Object value, Arguments arguments, Budget budget) {
        Bound bound = arguments.bind("unique", 0, "case_sensitive", "attribute");
        Function<Object, Object> part = bound.given(1) ? path(bound.value(1), None.NONE, budget) : item -> item;
        Set<Object> seen = new HashSet<>();
        List<Object> unique = new ArrayList<>();
        for (Object item : Access.items(value, budget)) {
            budget.element();
            if (seen.add(Dict.hashable(folded(part.apply(item), bound.flag(0, false))))) {
                unique.add(item);
            }
        }
        return new Generator(unique);
    }

    private static Object extreme(String name, Object value, Arguments arguments, Budget budget) {
        Bound bound = arguments.bind(name, 0, "case_sensitive", "attribute");
        boolean caseSensitive = bound.flag(0, false);
        Function<Object, Object> part = bound.given(1) ? path(bound.value(1), None.NONE, budget) : item -> item;
        Object best = Undefined.because("No aggregated item, sequence was empty.");
        boolean first = true;
        for (Object item : Access.items(value, budget)) {
            String operator = name.equals("min") ? "<" : ">";
            Object key = folded(part.apply(item), caseSensitive);
            if (first || Comparing.holds(operator, key, folded(part.apply(best), caseSensitive), budget)) {
                best = item;
            }
            first = false;
        }
        return best;
    }

    private static Object sum(Object value, Arguments arguments, Budget budget) {
        Bound bound = arguments.bind("sum", 0, "attribute", "start");
        Function<Object, Object> part = bound.given(0) ? path(bound.value(0), None.NONE, budget) : item -> item;
        Object sum = bound.value(1, 0L);
        if (sum instanceof String) {
            throw TemplateException.type("sum() can't sum strings [use ''.join(seq) instead]");
        }
        for (Object item : Access.items(value, budget)) {
            sum = Operators.apply("+", sum, part.apply(item), budget);
        }
        return sum;
    }

    private static Object batch(Object value, Arguments arguments, Budget budget) {
        Bound bound = arguments.bind("batch", 1, "linecount", "fill_with");
        List<Object> items = Access.items(value, budget);
        int size = Math.max(1, bound.integer(0, 1));
        List<Object> batches = new ArrayList<>();
        for (int i = 0; i < items.size(); i += Math.min(size, items.size())) {
            List<Object> batch = new ArrayList<>(items.subList(i, (int) Math.min((long) i + size, items.size())));
            if (bound.given(1)) {
                budget.list(size - batch.size());
                batch.addAll(Collections.nCopies(size - batch.size(), bound.value(1)));
            }
            budget.list(batch.size());
            batches.add(Sequence.list(batch));
        }
        return new Generator(batches);
    }

    private static Object map(Object value, Arguments arguments, Budget budget) {
        Function<Object, Object> function;
        if (arguments.positional().isEmpty() && arguments.named().containsKey("attribute")) {
            Bound bound = arguments.bind("map", 1, "attribute", "default");
            function = path(bound.value(0), bound.value(1, None.NONE), budget);
        } else if (!arguments.positional().isEmpty() && arguments.positional().getFirst() instanceof String name) {
            function = item -> Filters.apply(name, item, arguments.rest(), budget);
        } else {
            throw TemplateException.type("map requires a filter argument");
        }
        List<Object> mapped = new ArrayList<>();
        if (Numbers.truth(value)) {
            for (Object item : Access.items(value, budget)) {
                budget.element();
                mapped.add(function.apply(item));
            }
        }
        return new Generator(mapped);
    }

    private static Object select(String name, Object value, Arguments arguments, Budget budget) {
        boolean wanted = name.startsWith("select");
        boolean byAttribute = name.endsWith("attr");
        if (byAttribute && arguments.positional().isEmpty()) {
            throw TemplateException.type("Missing parameter for attribute name");
        }
        Function<Object, Object> part =
                byAttribute ? path(arguments.positional().getFirst(), None.NONE, budget) : item -> item;
        Arguments rest = byAttribute ? arguments.rest() : arguments;
        List<Object> chosen = new ArrayList<>();
        if (Numbers.truth(value)) {
            for (Object item : Access.items(value, budget)) {
                budget.element();
                if (holds(part.apply(item), rest, budget) == wanted) {
                    chosen.add(item);
                }
            }
        }
        return new Generator(chosen);
    }

    private static boolean holds(Object value, Arguments check, Budget budget) {
        if (check.positional().isEmpty()) {
            return Numbers.truth(value);
        }
        if (!(check.positional().getFirst() instanceof String name)) {
            throw TemplateException.type("expected the name of a test, got "
                    + PythonText.shortForm(check.positional().getFirst()));
        }
        return Checks.holds(name, value, check.rest(), budget);
    }
}
