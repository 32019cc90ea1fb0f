package dev.vesper.llm.text;

import java.nio.charset.StandardCharsets;
import java.util.Random;

/** Texts that are likely to break a tokenizer. */
final class RandomText {
    private static final String[] PIECES = {
        " ", "  ", "▁", "\n", "\t", "a", "b", "the", " once", "Once upon a time", "é", "ß", "日本", "🦙", "👨‍👩‍👧",
        "<s>",
        "</s>", "<unk>", "<0x0A>", "<|end|>", "<|user|>", "\u0000", "\uFEFF", "0", "12", "'s", "ing", "\r\n", "\u2028"
    };

    private RandomText() {}

    /**
     * Well-formed text of pieces (kind 0) or of any characters (1), or arbitrary bytes (2); seldom longer than 60
     * bytes.
     */
    static byte[] next(Random random, int kind) {
        int length = random.nextInt(20);
        if (kind == 2) {
            byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            return bytes;
        }
        StringBuilder text = new StringBuilder();
        while (text.length() < length) {
            if (kind == 0) {
                text.append(PIECES[random.nextInt(PIECES.length)]);
            } else {
                int point = random.nextInt(random.nextBoolean() ? 0x300 : 0x110000);
                text.appendCodePoint(point >= 0xD800 && point < 0xE000 ? 'x' : point);
            }
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }
}
