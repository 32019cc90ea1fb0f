package dev.vesper.train.vocabulary;

import java.lang.Character.UnicodeScript;
import java.util.function.Consumer;

/**
 * Cuts text into segments, which pieces never cross: the letters of a word, of one script; a run of other signs; a
 * digit. A space, spelled {@code ▁}, begins a segment and goes with what follows, unless that is a digit: numbers are
 * always spelled digit by digit, so that a model can calculate with them.
 */
final class Segments {
    static final int SPACE = '▁';
    /** Kinds of characters beside the scripts, which have the numbers from 0. */
    private static final int UNSPELLED = -1;

    private static final int DIGIT = -2;
    private static final int SIGN = -3;
    private static final int ANY_SCRIPT = -4;

    private Segments() {}

    /** Gives the segments of a text that follows a special token: the first begins with a space that is not there. */
    static void of(String text, Consumer<String> segments) {
        var segment = new StringBuilder().appendCodePoint(SPACE);
        int kind = ANY_SCRIPT;
        boolean onlySpace = true;
        int length;
        for (int at = 0; at < text.length(); at += length) {
            int character = text.codePointAt(at);
            length = Character.charCount(character);
            boolean space = character == ' ';
            int next = space ? ANY_SCRIPT : kind(character);
            boolean joins = !space && next != UNSPELLED && next != DIGIT
                    && (onlySpace || kind == next || isLetter(kind) && isLetter(next) && either(kind, next));
            if (!joins) {
                give(segment, segments);
            }
            if (next == UNSPELLED || next == DIGIT) {
                if (next == DIGIT) {
                    segments.accept(text.substring(at, at + length));
                }
                kind = UNSPELLED;
                onlySpace = false;
                continue;
            }
            segment.appendCodePoint(space ? SPACE : character);
            kind = joins && !onlySpace && next == ANY_SCRIPT ? kind : next;
            onlySpace = space;
        }
        give(segment, segments);
    }

    private static void give(StringBuilder segment, Consumer<String> segments) {
        if (!segment.isEmpty()) {
            segments.accept(segment.toString());
            segment.setLength(0);
        }
    }

    private static boolean isLetter(int kind) {
        return kind >= 0 || kind == ANY_SCRIPT;
    }

    private static boolean either(int kind, int next) {
        return kind == ANY_SCRIPT || next == ANY_SCRIPT;
    }

    private static int kind(int character) {
        int type = Character.getType(character);
        return switch (type) {
            case Character.CONTROL, Character.SURROGATE, Character.UNASSIGNED, Character.PRIVATE_USE,
                    Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR ->
                UNSPELLED;
            case Character.DECIMAL_DIGIT_NUMBER -> DIGIT;
            case Character.UPPERCASE_LETTER, Character.LOWERCASE_LETTER, Character.TITLECASE_LETTER,
                    Character.MODIFIER_LETTER, Character.OTHER_LETTER, Character.NON_SPACING_MARK,
                    Character.COMBINING_SPACING_MARK, Character.ENCLOSING_MARK ->
                script(character);
            default -> character == SPACE ? UNSPELLED : SIGN;
        };
    }

    private static int script(int character) {
        UnicodeScript script = UnicodeScript.of(character);
        return script == UnicodeScript.COMMON || script == UnicodeScript.INHERITED ? ANY_SCRIPT : script.ordinal();
    }
}
