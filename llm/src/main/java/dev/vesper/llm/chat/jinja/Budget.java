package dev.vesper.llm.chat.jinja;

import dev.vesper.llm.chat.jinja.TemplateException.Kind;

/** What is left of the {@link Limits} of one rendering. */
final class Budget {
    private static final int CHARACTERS_PER_STEP = 16;
    private static final int CHARACTERS_PER_ELEMENT = 8;

    private final Limits limits;
    private long steps;
    private long characters;
    private int depth;

    Budget(Limits limits) {
        this.limits = limits;
    }

    void step() {
        if (++steps > limits.steps()) {
            throw exceeded("steps", limits.steps());
        }
    }

    /** Pays for looking through {@code length} characters. */
    void scan(long length) {
        steps += length / CHARACTERS_PER_STEP;
        step();
    }

    /** Pays for a search; the platform's search is naive, so the worst case is the product of the lengths. */
    void search(String text, String wanted) {
        int shortNeedle = 64;
        long factor = Math.max(1, wanted.length() / shortNeedle);
        scan(text.length() * factor);
    }

    /** Pays for a string of {@code length} UTF-16 units; to be called before it is made. */
    void string(long length) {
        characters += length;
        if (length < 0 || characters > limits.characters()) {
            throw exceeded("characters of intermediate text", limits.characters());
        }
        scan(length);
    }

    /** Pays for a list of {@code size} elements; to be called before it is made. */
    void list(long size) {
        if (size < 0 || size > limits.characters()) {
            throw exceeded("elements in one list", limits.characters());
        }
        string(size * CHARACTERS_PER_ELEMENT);
    }

    void output(long length) {
        if (length > limits.output()) {
            throw exceeded("characters of output", limits.output());
        }
    }

    void enter() {
        step();
        if (++depth > limits.depth()) {
            throw exceeded("nested evaluations", limits.depth());
        }
    }

    void leave() {
        depth--;
    }

    private static TemplateException exceeded(String what, long limit) {
        return TemplateException.of(
                Kind.LIMIT, "the template needs more than the allowed %d %s; rendering stopped".formatted(limit, what));
    }
}
