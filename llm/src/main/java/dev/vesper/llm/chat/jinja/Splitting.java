package dev.vesper.llm.chat.jinja;

import dev.vesper.llm.chat.jinja.Arguments.Bound;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Taking strings apart: {@code split}, {@code rsplit}, {@code splitlines}, {@code partition}. */
final class Splitting {
    private Splitting() {}

    /** @param bound separator and most splits, both optional */
    static Sequence split(String text, Bound bound, boolean fromRight, Budget budget) {
        int given = bound.integer(1, -1);
        int most = given < 0 ? Integer.MAX_VALUE : given;
        if (!bound.given(0)) {
            budget.texts(spaces(text) + 1);
            return Sequence.list(fromRight ? rightWords(text, most) : words(text, most));
        }
        String separator = bound.text(0, "");
        if (separator.isEmpty()) {
            throw TemplateException.value("empty separator");
        }
        budget.search(text, separator);
        budget.texts(1 + count(text, separator));
        return Sequence.list(fromRight ? rightParts(text, separator, most) : parts(text, separator, most));
    }

    private static long spaces(String text) {
        return text.chars().filter(PythonText.WHITESPACE).count();
    }

    private static long count(String text, String separator) {
        long count = 0;
        for (int i = text.indexOf(separator); i >= 0; i = text.indexOf(separator, i + separator.length())) {
            count++;
        }
        return count;
    }

    private static List<Object> parts(String text, String separator, int most) {
        List<Object> parts = new ArrayList<>();
        int start = 0;
        for (int at = text.indexOf(separator); at >= 0 && parts.size() < most; at = text.indexOf(separator, start)) {
            parts.add(text.substring(start, at));
            start = at + separator.length();
        }
        parts.add(text.substring(start));
        return parts;
    }

    private static List<Object> rightParts(String text, String separator, int most) {
        List<Object> parts = new ArrayList<>();
        int end = text.length();
        while (parts.size() < most && end >= separator.length()) {
            int at = text.lastIndexOf(separator, end - separator.length());
            if (at < 0) {
                break;
            }
            parts.add(text.substring(at + separator.length(), end));
            end = at;
        }
        parts.add(text.substring(0, end));
        Collections.reverse(parts);
        return parts;
    }

    private static List<Object> words(String text, int most) {
        List<Object> words = new ArrayList<>();
        int i = 0;
        while (true) {
            while (i < text.length() && PythonText.isSpace(text.charAt(i))) {
                i++;
            }
            if (i == text.length()) {
                return words;
            }
            if (words.size() == most) {
                words.add(text.substring(i));
                return words;
            }
            int start = i;
            while (i < text.length() && !PythonText.isSpace(text.charAt(i))) {
                i++;
            }
            words.add(text.substring(start, i));
        }
    }

    private static List<Object> rightWords(String text, int most) {
        List<Object> words = new ArrayList<>();
        int i = text.length();
        while (true) {
            while (i > 0 && PythonText.isSpace(text.charAt(i - 1))) {
                i--;
            }
            if (i == 0) {
                break;
            }
            if (words.size() == most) {
                words.add(text.substring(0, i));
                break;
            }
            int end = i;
            while (i > 0 && !PythonText.isSpace(text.charAt(i - 1))) {
                i--;
            }
            words.add(text.substring(i, end));
        }
        Collections.reverse(words);
        return words;
    }

    static List<String> lines(String text, boolean keepEnds, Budget budget) {
        List<String> lines = new ArrayList<>();
        int start = 0;
        int i = 0;
        while (i < text.length()) {
            char c = text.charAt(i++);
            if (!endsLine(c)) {
                continue;
            }
            int end = i - 1;
            if (c == '\r' && i < text.length() && text.charAt(i) == '\n') {
                i++;
            }
            budget.texts(1);
            lines.add(text.substring(start, keepEnds ? i : end));
            start = i;
        }
        if (start < text.length()) {
            lines.add(text.substring(start));
        }
        return lines;
    }

    private static boolean endsLine(char c) {
        return (c >= 0x0a && c <= 0x0d) || (c >= 0x1c && c <= 0x1e) || c == 0x85 || c == 0x2028 || c == 0x2029;
    }

    static Sequence partition(String text, String separator, boolean fromRight, Budget budget) {
        if (separator.isEmpty()) {
            throw TemplateException.value("empty separator");
        }
        budget.search(text, separator);
        int at = fromRight ? text.lastIndexOf(separator) : text.indexOf(separator);
        if (at < 0) {
            return fromRight ? Sequence.tuple("", "", text) : Sequence.tuple(text, "", "");
        }
        return Sequence.tuple(text.substring(0, at), separator, text.substring(at + separator.length()));
    }
}
