package dev.vesper.llm.text;

import java.nio.charset.StandardCharsets;

/** Where characters begin and end in UTF-8 bytes that may be broken (The Unicode Standard, table 3-7). */
final class Utf8 {
    private Utf8() {}

    /**
     * The length of the well-formed character at {@code at}: 1 to 4; 0 if the bytes before {@code end} are the
     * beginning of one that is cut off; below 0 if no character begins like this, the length of what would still have
     * been one negated.
     */
    static int characterLength(byte[] text, int at, int end) {
        int lead = text[at] & 0xFF;
        if (lead < 0x80) {
            return 1;
        }
        if (lead < 0xC2 || lead > 0xF4) {
            return -1;
        }
        int length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        for (int i = 1; i < length; i++) {
            if (at + i == end) {
                return 0;
            }
            int next = text[at + i] & 0xFF;
            // The second byte alone decides against overlong forms, surrogates and values above U+10FFFF.
            int lowest = i > 1 ? 0x80 : lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
            int highest = i > 1 ? 0xBF : lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
            if (next < lowest || next > highest) {
                return -i;
            }
        }
        return length;
    }

    /** How many of the last bytes (0 to 3) are the beginning of a character whose rest may still come. */
    static int incompleteTail(byte[] text, int length) {
        for (int tail = 1; tail <= Math.min(3, length); tail++) {
            if (characterLength(text, length - tail, length) == 0) {
                return tail;
            }
        }
        return 0;
    }

    /**
     * The text of {@code bytes[from, to)}, with U+FFFD for each longest beginning of a character that does not go on,
     * as the Unicode Standard recommends (section 3.9). Java's own decoder takes an encoded surrogate for one error
     * instead of three, and so may find later that it would have decoded earlier bytes otherwise: unfit for streams.
     */
    static String decode(byte[] bytes, int from, int to) {
        int sound = from;
        while (sound < to && characterLength(bytes, sound, to) > 0) {
            sound += characterLength(bytes, sound, to);
        }
        if (sound == to) {
            return new String(bytes, from, to - from, StandardCharsets.UTF_8);
        }
        StringBuilder text = new StringBuilder(to - from);
        int begin = from;
        int at = sound;
        while (at < to) {
            int length = characterLength(bytes, at, to);
            if (length > 0) {
                at += length;
            } else {
                text.append(new String(bytes, begin, at - begin, StandardCharsets.UTF_8)).append('\uFFFD');
                at = length == 0 ? to : at - length;
                begin = at;
            }
        }
        return text.append(new String(bytes, begin, at - begin, StandardCharsets.UTF_8)).toString();
    }

    /**
     * All of {@code bytes} as characters, with each byte that belongs to no character as U+DC00 plus its value: half of
     * a surrogate pair, which is no letter, number or space and cannot come of text.
     */
    static String escape(byte[] bytes) {
        StringBuilder text = new StringBuilder(bytes.length);
        int begin = 0;
        int at = 0;
        while (at < bytes.length) {
            int length = characterLength(bytes, at, bytes.length);
            if (length > 0) {
                at += length;
            } else {
                text.append(new String(bytes, begin, at - begin, StandardCharsets.UTF_8));
                text.append((char) (0xDC00 + (bytes[at] & 0xFF)));
                begin = ++at;
            }
        }
        return text.append(new String(bytes, begin, at - begin, StandardCharsets.UTF_8)).toString();
    }

    /** How many bytes {@code text[from, to)}, which does not begin or end inside a pair, came of in {@link #escape}. */
    static int escapedLength(String text, int from, int to) {
        int length = 0;
        for (int i = from; i < to; i++) {
            char unit = text.charAt(i);
            if (Character.isHighSurrogate(unit)) {
                length += 4;
                i++;
            } else {
                length += unit < 0x80 || Character.isLowSurrogate(unit) ? 1 : unit < 0x800 ? 2 : 3;
            }
        }
        return length;
    }

    /**
     * The bytes of {@code text}.
     *
     * @throws IllegalArgumentException if it holds half of a surrogate pair, which UTF-8 cannot express
     */
    static byte[] encode(String text) {
        for (int i = 0; i < text.length(); i++) {
            char unit = text.charAt(i);
            if (Character.isHighSurrogate(unit)
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(unit)) {
                throw new IllegalArgumentException(
                        String.format("half of a surrogate pair, U+%04X, at char %d of a text", (int) unit, i));
            }
        }
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
