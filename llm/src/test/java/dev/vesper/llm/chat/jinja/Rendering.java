package dev.vesper.llm.chat.jinja;

import java.time.LocalDateTime;
import java.util.Map;

/** Renders short templates for tests. */
final class Rendering {
    static final LocalDateTime NOW = LocalDateTime.of(2026, 1, 2, 3, 4, 5);

    private Rendering() {}

    static String render(String source, Map<String, Object> variables) {
        return Template.parse("test", source).render(variables, NOW, Limits.STANDARD);
    }

    static String render(String source) {
        return render(source, Map.of());
    }
}
