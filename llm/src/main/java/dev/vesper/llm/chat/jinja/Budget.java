package dev.vesper.llm.chat.jinja;

import dev.vesper.llm.chat.jinja.TemplateException.Kind;

/** What is left of the {@link Limits} of one rendering. */
final class Budget {
    private static final int CHARACTERS_PER_STEP = 16;
    private static final long PER_OBJECT = 64;
    private static final long PER_REFERENCE = 8;
    private static final long PER_TEXT = 32;
    private static final long PER_ENTRY = 64;
    private static final int LARGE_INTEGER = 2048;

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

    /** Pays for a list of {@code size} values that exist already; to be called before it is made. */
    void list(long size) {
        string(PER_OBJECT + PER_REFERENCE * size);
    }

    /** Pays for one more value in a list that grows. */
    void element() {
        string(PER_REFERENCE);
    }

    /** Pays for a list of {@code size} new short strings; to be called before it is made. */
    void texts(long size) {
        string(PER_OBJECT + PER_TEXT * size);
    }

    /** Pays for a dict of {@code size} entries. */
    void dict(long size) {
        string(PER_OBJECT + PER_ENTRY * size);
    }

    /** Pays for arithmetic with an integer that is larger than a machine word. */
    void largeInteger() {
        scan(LARGE_INTEGER);
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
