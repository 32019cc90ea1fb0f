package dev.vesper.data.corpus;

import java.util.List;
import java.util.Map;

/**
 * A part of a table: what is asked about one thing, and what is answered.
 *
 * @param lines for each key, such as {@code ask}, all sentences
 */
record Section(String name, Map<String, List<String>> lines) {
    /** Two words that belong together, such as a country and its capital. */
    record Pair(String a, String b) {}

    /** The sentences under this key; empty if there are none. */
    List<String> all(String key) {
        return lines.getOrDefault(key, List.of());
    }

    boolean has(String key) {
        return lines.containsKey(key);
    }

    /** The one sentence under this key. */
    String one(String key) {
        List<String> all = all(key);
        if (all.size() != 1) {
            throw new IllegalStateException("[%s] has %d lines of %s, not one".formatted(name, all.size(), key));
        }
        return all.getFirst();
    }

    /** One of the pairs. */
    Pair pair(Draw draw) {
        String[] sides = draw.pick(all("pairs")).split(" = ", 2);
        return new Pair(sides[0].strip(), sides[1].strip());
    }

    /** What stands under {@code values}, or in a section of values alone. */
    List<String> values() {
        return all("values");
    }
}
