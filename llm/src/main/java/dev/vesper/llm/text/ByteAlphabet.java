package dev.vesper.llm.text;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The spelling of bytes by printable characters that GPT-2 introduced: bytes that are printable in Latin-1 stand for
 * themselves, the others for U+0100 and up, in order; a space is {@code Ġ}. Radford et al., "Language Models are
 * Unsupervised Multitask Learners", 2019, and the encoder published with it.
 */
final class ByteAlphabet {
    /** The byte that each character stands for, or -1. */
    private static final int[] BYTES = bytes();

    private ByteAlphabet() {}

    private static int[] bytes() {
        int[] bytes = new int[0x100 + 68];
        Arrays.fill(bytes, -1);
        int next = 0x100;
        for (int value = 0; value < 256; value++) {
            boolean printable = value > 0x20 && value < 0x7F || value > 0xA0 && value != 0xAD;
            bytes[printable ? value : next++] = value;
        }
        return bytes;
    }

    /** The bytes that {@code text[from, to)} spells; null if it holds other characters or is not well-formed. */
    static byte @Nullable [] bytes(byte[] text, int from, int to) {
        var bytes = new ByteArrayOutputStream(to - from);
        for (int at = from; at < to;) {
            int length = Utf8.characterLength(text, at, to);
            // The alphabet lies below U+0800, where characters have at most two bytes.
            int character = length == 1 ? text[at] : length == 2 ? (text[at] & 0x1F) << 6 | text[at + 1] & 0x3F : -1;
            if (character < 0 || character >= BYTES.length || BYTES[character] < 0) {
                return null;
            }
            bytes.write(BYTES[character]);
            at += length;
        }
        return bytes.toByteArray();
    }
}
