package dev.vesper.train.eval.report;

import java.util.Locale;

/** Text of a page under construction: every value that goes in is escaped. */
final class Markup {
    private final StringBuilder text = new StringBuilder();

    /** Adds markup in which each {@code %s} and {@code %d} is a value, and {@code %.1f} a place in a picture. */
    Markup add(String format, Object... values) {
        Object[] escaped = new Object[values.length];
        for (int i = 0; i < values.length; i++) {
            escaped[i] = values[i] instanceof String value ? escape(value) : values[i];
        }
        text.append(String.format(Locale.ROOT, format, escaped)).append('\n');
        return this;
    }

    /** Adds what is markup already. */
    Markup raw(String markup) {
        text.append(markup);
        return this;
    }

    static String escape(String value) {
        StringBuilder escaped = new StringBuilder();
        value.codePoints().forEach(character -> {
            switch (character) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '"' -> escaped.append("&quot;");
                case '\t', '\n', '\r' -> escaped.append((char) character);
                // what may not stand in a page at all, control characters and halves of pairs, is shown as unknown
                default -> escaped.appendCodePoint(
                        character < 0x20 || character >= 0xD800 && character < 0xE000 || character >= 0xFFFE
                                && character <= 0xFFFF ? 0xFFFD : character);
            }
        });
        return escaped.toString();
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
