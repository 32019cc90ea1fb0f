package dev.vesper.llm.chat.jinja;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/** What lazy filters such as {@code map} give: items that can be gone through once, have no length and no text. */
final class Generator {
    private final Iterator<Object> items;

    Generator(List<Object> items) {
        this.items = items.iterator();
    }

    Optional<Object> next() {
        return items.hasNext() ? Optional.of(items.next()) : Optional.empty();
    }

    /** All items that nobody has taken yet. */
    List<Object> rest() {
        List<Object> rest = new ArrayList<>();
        items.forEachRemaining(rest::add);
        return rest;
    }
}
