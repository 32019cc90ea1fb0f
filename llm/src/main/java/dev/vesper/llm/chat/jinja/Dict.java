package dev.vesper.llm.chat.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A dict: keeps the order of its keys; 1, 1.0 and true are the same key. Not changed once a template can see it. */
final class Dict {
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

    /** A form of the key that is equal to another's exactly when Python holds the keys equal. */
    static Object hashable(Object key) {
        return switch (key) {
            case Boolean flag -> flag ? 1L : 0L;
            case Double number when number == Math.rint(number) && Math.abs(number) < 0x1p63 -> number.longValue();
            case Sequence sequence when sequence.kind() == Sequence.Kind.TUPLE ->
                sequence.items().stream().map(Dict::hashable).toList();
            case Sequence sequence -> throw unhashable(sequence);
            case Dict dict -> throw unhashable(dict);
            case String text -> text;
            case Long number -> number;
            case BigInteger number -> number;
            default -> key;
        };
    }

    private static TemplateException unhashable(Object key) {
        return TemplateException.type("unhashable type: '%s'".formatted(PythonText.typeName(key)));
    }
}
