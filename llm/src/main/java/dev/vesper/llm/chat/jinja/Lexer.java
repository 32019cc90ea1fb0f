package dev.vesper.llm.chat.jinja;

import dev.vesper.llm.chat.jinja.Token.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Splits a template into text and the tokens of its tags, with {@code trim_blocks} and {@code lstrip_blocks} on as
 * Hugging Face sets them: the first line break after a block or comment goes, as does indentation before one that
 * starts its line. {@code -} at a tag's edge takes all white space on that side, {@code +} keeps it.
 *
 * @see <a href="https://jinja.palletsprojects.com/en/stable/templates/#whitespace-control">Jinja: Whitespace Control</a>
 */
final class Lexer {
    private static final String[] OPERATORS = {
        "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=",
        ".", ":", "|", ",", ";"
    };

    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private int position;
    private int line = 1;
    private int lineStart;
    private int counted;
    /** Whether what was consumed last ended a line, so that white space here is indentation. */
    private boolean lineStarting = true;

    private Lexer(String source) {
        this.source = source;
    }

    static List<Token> tokens(String source) {
        String normal = source.replace("\r\n", "\n").replace('\r', '\n');
        // jinja2 drops one trailing line break unless told otherwise
        return new Lexer(normal.endsWith("\n") ? normal.substring(0, normal.length() - 1) : normal).run();
    }

    private List<Token> run() {
        while (position < source.length()) {
            int tag = nextTag();
            if (tag < 0) {
                text(source.substring(position));
                position = source.length();
                break;
            }
            char sign = at(tag + 2);
            boolean signed = sign == '-' || sign == '+';
            boolean output = source.charAt(tag + 1) == '{';
            text(strippedBefore(source.substring(position, tag), sign, output));
            position = tag;
            int afterSign = tag + (signed ? 3 : 2);
            switch (source.charAt(tag + 1)) {
                case '#' -> comment(afterSign);
                case '%' -> {
                    if (!raw(afterSign)) {
                        tag(afterSign, false);
                    }
                }
                default -> tag(afterSign, true);
            }
        }
        add(Kind.END, "");
        return tokens;
    }

    private int nextTag() {
        for (int i = source.indexOf('{', position); i >= 0; i = source.indexOf('{', i + 1)) {
            char next = at(i + 1);
            if (next == '{' || next == '%' || next == '#') {
                return i;
            }
        }
        return -1;
    }

    /** The character there, or NUL past the end. */
    private char at(int index) {
        return index < source.length() ? source.charAt(index) : '\0';
    }

    private String strippedBefore(String text, char sign, boolean output) {
        if (sign == '-') {
            return PythonText.strip(text, PythonText.WHITESPACE, false, true);
        }
        if (sign != '+' && !output) {
            int start = text.lastIndexOf('\n') + 1;
            boolean ownLine = start > 0 || lineStarting;
            if (ownLine && PythonText.strip(text.substring(start), PythonText.WHITESPACE, true, false).isEmpty()) {
                return text.substring(0, start);
            }
        }
        return text;
    }

    private void text(String text) {
        if (!text.isEmpty()) {
            add(Kind.TEXT, text);
        }
    }

    private void add(Kind kind, String text) {
        countLines(position);
        tokens.add(new Token(kind, text, line, position - lineStart + 1));
    }

    private void countLines(int upTo) {
        for (int i = counted; i < upTo; i++) {
            if (source.charAt(i) == '\n') {
                line++;
                lineStart = i + 1;
            }
        }
        counted = Math.max(counted, upTo);
    }

    private TemplateException error(int where, String message) {
        countLines(where);
        return TemplateException.syntax(line, where - lineStart + 1, message);
    }

    private void comment(int body) {
        int end = source.indexOf("#}", body);
        if (end < 0) {
            throw error(position, "expected '#}' to end this comment, found the end of the template");
        }
        char sign = end > body ? source.charAt(end - 1) : '\0';
        consumeEnd(end + 2, sign, true);
    }

    /** Moves past a tag that ends before {@code after}, and past the white space that it takes along. */
    private void consumeEnd(int after, char sign, boolean trimLineBreak) {
        int end = after;
        if (sign == '-') {
            end = skipWhitespace(after);
        } else if (sign != '+' && trimLineBreak && at(after) == '\n') {
            end++;
        }
        position = end;
        lineStarting = source.charAt(end - 1) == '\n';
    }

    private int skipWhitespace(int from) {
        int i = from;
        while (i < source.length() && PythonText.isSpace(source.charAt(i))) {
            i++;
        }
        return i;
    }

    /** Consumes a raw block if one begins here; its content is text, whatever it looks like. */
    private boolean raw(int afterSign) {
        int end = blockEndAfterWord(afterSign, "raw");
        if (end < 0 || at(end - 3) == '+') {
            return false;
        }
        int begin = position;
        consumeEnd(end, at(end - 3), false);
        for (int tag = source.indexOf("{%", position); tag >= 0; tag = source.indexOf("{%", tag + 2)) {
            char sign = at(tag + 2);
            int after = blockEndAfterWord(tag + (sign == '-' || sign == '+' ? 3 : 2), "endraw");
            if (after >= 0) {
                text(strippedBefore(source.substring(position, tag), sign, false));
                consumeEnd(after, at(after - 3), true);
                return true;
            }
        }
        throw error(begin, "expected '{% endraw %}' to end this raw block, found the end of the template");
    }

    /** Where the block ends that holds only {@code word}, or -1 if that is not what stands here. */
    private int blockEndAfterWord(int from, String word) {
        int start = skipWhitespace(from);
        if (!source.startsWith(word, start)) {
            return -1;
        }
        int end = skipWhitespace(start + word.length());
        if (at(end) == '-' || at(end) == '+') {
            end++;
        }
        return source.startsWith("%}", end) ? end + 2 : -1;
    }

    private void tag(int afterSign, boolean output) {
        int begin = position;
        add(output ? Kind.OUTPUT_BEGIN : Kind.BLOCK_BEGIN, "");
        position = afterSign;
        String close = output ? "}}" : "%}";
        Deque<Character> open = new ArrayDeque<>();
        while (true) {
            position = skipWhitespace(position);
            if (position >= source.length()) {
                throw error(begin, "expected '%s' to end this tag, found the end of the template".formatted(close));
            }
            if (open.isEmpty() && endsHere(close, output)) {
                return;
            }
            token(open);
        }
    }

    private boolean endsHere(String close, boolean output) {
        char sign = at(position);
        boolean signed = sign == '-' || (sign == '+' && !output);
        int end = signed ? position + 1 : position;
        if (!source.startsWith(close, end)) {
            return false;
        }
        add(output ? Kind.OUTPUT_END : Kind.BLOCK_END, "");
        consumeEnd(end + 2, signed ? sign : '\0', !output);
        return true;
    }

    private void token(Deque<Character> open) {
        char c = source.charAt(position);
        if (c >= '0' && c <= '9') {
            number();
        } else if (c == '\'' || c == '"') {
            string(c);
        } else if (Character.isUnicodeIdentifierStart(source.codePointAt(position)) || c == '_') {
            int end = position;
            while (end < source.length() && isNamePart(source.codePointAt(end))) {
                end += Character.charCount(source.codePointAt(end));
            }
            add(Kind.NAME, source.substring(position, end));
            position = end;
        } else {
            operator(open);
        }
    }

    private static boolean isNamePart(int codePoint) {
        return Character.isUnicodeIdentifierPart(codePoint) && !Character.isIdentifierIgnorable(codePoint);
    }

    private void operator(Deque<Character> open) {
        for (String operator : OPERATORS) {
            if (source.startsWith(operator, position)) {
                char c = operator.charAt(0);
                switch (c) {
                    case '(' -> open.push(')');
                    case '[' -> open.push(']');
                    case '{' -> open.push('}');
                    case ')', ']', '}' -> {
                        if (open.isEmpty() || open.pop() != c) {
                            throw error(position, "unexpected '%c', nothing that it could close is open".formatted(c));
                        }
                    }
                    default -> {}
                }
                add(Kind.OPERATOR, operator);
                position += operator.length();
                return;
            }
        }
        throw error(position, "unexpected character '%s'".formatted(Character.toString(source.codePointAt(position))));
    }

    private void number() {
        boolean member = position > 0 && source.charAt(position - 1) == '.';
        int end = digits(position);
        char marker = Character.toLowerCase(at(position + 1));
        if (source.charAt(position) == '0' && (marker == 'x' || marker == 'o' || marker == 'b')) {
            end = position + 2;
            while (Character.isLetterOrDigit(at(end)) || at(end) == '_') {
                end++;
            }
        }
        Kind kind = Kind.INTEGER;
        // in a.0.1 the digits are members, not a fraction
        if (!member && at(end) == '.' && isDigit(at(end + 1))) {
            end = digits(end + 1);
            kind = Kind.FLOAT;
        }
        int exponent = at(end + 1) == '+' || at(end + 1) == '-' ? end + 2 : end + 1;
        if (!member && Character.toLowerCase(at(end)) == 'e' && isDigit(at(exponent))) {
            end = digits(exponent);
            kind = Kind.FLOAT;
        }
        add(kind, source.substring(position, end).replace("_", ""));
        position = end;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private int digits(int from) {
        int end = from;
        while (isDigit(at(end)) || (at(end) == '_' && isDigit(at(end + 1)))) {
            end++;
        }
        return end;
    }

    private void string(char quote) {
        int end = position + 1;
        while (end < source.length() && source.charAt(end) != quote) {
            end += source.charAt(end) == '\\' ? 2 : 1;
        }
        if (end >= source.length()) {
            throw error(position, "expected %c to end this string, found the end of the template".formatted(quote));
        }
        String value;
        try {
            value = PythonText.unescape(source.substring(position + 1, end));
        } catch (IllegalArgumentException e) {
            throw error(position, "expected a string, found one with a broken escape: " + e.getMessage());
        }
        add(Kind.STRING, value);
        position = end + 1;
    }
}
