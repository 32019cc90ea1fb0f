package dev.vesper.llm.chat.jinja;

/**
 * What one rendering may cost, since a template comes out of a model file that anybody may have written. Counters, not
 * time, so that the same template with the same input always either renders or fails.
 *
 * @param steps evaluated expressions and statements, plus one for every 16 characters that an operation looks through
 * @param depth nested evaluations (expressions, statements, macro calls) and nested values
 * @param characters UTF-16 units of all strings made on the way, lists and dicts included at what they take in memory
 * @param output UTF-16 units of the rendered text
 */
public record Limits(long steps, int depth, long characters, int output) {

    /**
     * Enough for a conversation of several million characters; at the worst it takes some seconds and half a gigabyte.
     */
    public static final Limits STANDARD = new Limits(50_000_000, 600, 256L << 20, 64 << 20);

    /** The longest {@code range()}, as in jinja2's sandbox. */
    static final int RANGE = 100_000;

    /** Parentheses, lists, calls and blocks that may be nested in the source. */
    static final int NESTING = 100;
}
