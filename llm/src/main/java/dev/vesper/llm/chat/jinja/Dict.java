package dev.vesper.llm.chat.jinja;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A dict: keeps the order of its keys; 1, 1.0 and true are the same key. Not changed once a template can see it. */
final class Dict {
    private static final int LARGEST_TUPLE = 1000;

    private final Map<Object, Entry> entries = new LinkedHashMap<>();

    record Entry(Object key, Object value) {}

    /** Adds or replaces; an existing key keeps its place and spelling. */
    void put(Object key, Object value) {
        Object hash = hashable(key);
        Entry old = entries.get(hash);
        entries.put(hash, new Entry(old == null ? key : old.key(), value));
    }

    Optional<Object> get(Object key) {
        return Optional.ofNullable(entries.get(hashable(key))).map(Entry::value);
    }

    Collection<Entry> entries() {
        return entries.values();
    }

    int size() {
        return entries.size();
    }

    Sequence keys() {
        return new Sequence(Sequence.Kind.KEYS, new ArrayList<>(entries.values().stream().map(Entry::key).toList()));
    }

    Sequence values() {
        return new Sequence(
                Sequence.Kind.VALUES, new ArrayList<>(entries.values().stream().map(Entry::value).toList()));
    }

    Sequence pairs() {
        List<Object> pairs = new ArrayList<>(entries.size());
        for (Entry entry : entries.values()) {
            pairs.add(Sequence.tuple(entry.key(), entry.value()));
        }
        return new Sequence(Sequence.Kind.ITEMS, pairs);
    }

    /**
     * A form of the key that is equal to another's exactly when Python holds the keys equal.
     *
     * @throws TemplateException if the key is or holds a list or dict, or is a tuple of more than a thousand parts
     */
    static Object hashable(Object key) {
        return switch (key) {
            case Boolean flag -> flag ? 1L : 0L;
            case Double number when number == Math.rint(number) && Math.abs(number) < 0x1p63 -> number.longValue();
            case Sequence sequence -> hashable(sequence, new int[] {LARGEST_TUPLE});
            case Dict dict -> throw unhashable(dict);
            default -> key;
        };
    }

    /** Shared parts of a tuple count as often as they occur, since they are visited as often. */
    private static Object hashable(Sequence sequence, int[] partsLeft) {
        if (sequence.kind() != Sequence.Kind.TUPLE) {
            throw unhashable(sequence);
        }
        List<Object> parts = new ArrayList<>();
        for (Object item : sequence.items()) {
            if (--partsLeft[0] < 0) {
                throw TemplateException.of(
                        TemplateException.Kind.LIMIT,
                        "a tuple of more than %d parts as a key".formatted(LARGEST_TUPLE));
            }
            parts.add(item instanceof Sequence inner ? hashable(inner, partsLeft) : hashable(item));
        }
        return parts;
    }

    /** Whether the value can be a key at all. */
    static boolean isHashable(Object key) {
        try {
            hashable(key);
            return true;
        } catch (TemplateException e) {
            if (e.kind() == TemplateException.Kind.TYPE) {
                return false;
            }
            throw e;
        }
    }

    private static TemplateException unhashable(Object key) {
        return TemplateException.type("unhashable type: '%s'".formatted(PythonText.typeName(key)));
    }
}
