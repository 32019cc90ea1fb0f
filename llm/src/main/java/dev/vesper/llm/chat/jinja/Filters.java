package dev.vesper.llm.chat.jinja;

import java.util.HashMap;
import java.util.Map;

/** Jinja's filters by name, with {@code tojson} as Hugging Face replaces it. */
final class Filters {
    @FunctionalInterface
    interface Filter {
        Object apply(Object value, Arguments arguments, Budget budget);
    }

    private static final Map<String, Filter> FILTERS = all();

    private Filters() {}

    private static Map<String, Filter> all() {
        Map<String, Filter> filters = new HashMap<>(TextFilters.FILTERS);
        filters.putAll(ValueFilters.FILTERS);
        filters.putAll(SequenceFilters.FILTERS);
        return Map.copyOf(filters);
    }

    static boolean exists(String name) {
        return FILTERS.containsKey(name);
    }

    static Object apply(String name, Object value, Arguments arguments, Budget budget) {
        Filter filter = FILTERS.get(name);
        if (filter == null) {
            throw TemplateException.type("No filter named '%s' found.".formatted(name));
        }
        budget.enter();
        if (value instanceof String text) {
            budget.scan(text.length());
        }
        Object result = filter.apply(value, arguments, budget);
        budget.leave();
        return result;
    }
}
