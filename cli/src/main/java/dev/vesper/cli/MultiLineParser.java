package dev.vesper.cli;

import java.util.List;
import org.jline.reader.CompletingParsedLine;
import org.jline.reader.EOFError;
import org.jline.reader.ParsedLine;
import org.jline.reader.Parser;

/** Lets a text have several lines: after a backslash at the end of one, or between triple quotes. */
final class MultiLineParser implements Parser {
    private static final String QUOTES = "\"\"\"";

    @Override
    public ParsedLine parse(String line, int cursor, ParseContext context) {
        boolean accepting = context != ParseContext.COMPLETE;
        if (accepting && line.startsWith(QUOTES) && (line.length() < 6 || !line.endsWith(QUOTES))) {
            throw new EOFError(-1, -1, "the closing " + QUOTES + " is missing");
        }
        if (accepting && !line.startsWith(QUOTES) && line.endsWith("\\")) {
            throw new EOFError(-1, -1, "the next line is missing");
        }
        return new Line(line, cursor);
    }

    /** The text that was meant, without the marks. */
    static String text(String line) {
        if (line.startsWith(QUOTES) && line.length() >= 6 && line.endsWith(QUOTES)) {
            return line.substring(QUOTES.length(), line.length() - QUOTES.length()).strip();
        }
        return line.replace("\\\n", "\n");
    }

    /** Nothing is completed, so that the whole line is one word. JLine logs a warning for a line that cannot be. */
    private record Line(String line, int cursor) implements CompletingParsedLine {
        @Override
        public CharSequence escape(CharSequence candidate, boolean complete) {
            return candidate;
        }

        @Override
        public int rawWordCursor() {
            return cursor;
        }

        @Override
        public int rawWordLength() {
            return line.length();
        }

        @Override
        public String word() {
            return line;
        }

        @Override
        public int wordCursor() {
            return cursor;
        }

        @Override
        public int wordIndex() {
            return 0;
        }

        @Override
        public List<String> words() {
            return List.of(line);
        }
    }
}
