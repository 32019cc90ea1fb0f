package dev.vesper.llm.chat.jinja;

import java.util.List;

/** A finite sequence whose items can be counted and, but for the views of a dict, indexed. Never changes. */
record Sequence(Kind kind, List<Object> items) {
    enum Kind {
        LIST("list"),
        TUPLE("tuple"),
        RANGE("range"),
        KEYS("dict_keys"),
        VALUES("dict_values"),
        ITEMS("dict_items");

        private final String typeName;

        Kind(String typeName) {
            this.typeName = typeName;
        }

        String typeName() {
            return typeName;
        }
    }

    static Sequence list(List<Object> items) {
        return new Sequence(Kind.LIST, items);
    }

    static Sequence tuple(Object... items) {
        return new Sequence(Kind.TUPLE, List.of(items));
    }

    boolean indexable() {
        return kind == Kind.LIST || kind == Kind.TUPLE || kind == Kind.RANGE;
    }
}
