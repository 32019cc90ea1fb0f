package dev.vesper.llm.chat.jinja;

import java.util.LinkedHashMap;
import java.util.Map;

/** {@code namespace()}: the only object that a template may change, by {@code set namespace.name = value}. */
record Namespace(Map<String, Object> attributes) {
    Namespace() {
        this(new LinkedHashMap<>());
    }
}
