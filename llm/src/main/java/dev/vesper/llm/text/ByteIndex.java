package dev.vesper.llm.text;

import java.util.Arrays;

/** Finds a token by a slice of bytes without copying the slice: open addressing over the token texts. */
final class ByteIndex {
    private final byte[][] texts;
    private final int[] slots;
    private final int longest;

    private ByteIndex(byte[][] texts, int[] slots, int longest) {
        this.texts = texts;
        this.slots = slots;
        this.longest = longest;
    }

    /**
     * Indexes {@code tokens} by {@code texts[token]}; empty texts are left out. Of equal texts the last one counts, as
     * in llama.cpp's map.
     */
    static ByteIndex of(byte[][] texts, int[] tokens) {
        int[] slots = new int[Math.max(16, Integer.highestOneBit(tokens.length) << 2)];
        Arrays.fill(slots, -1);
        int longest = 0;
        for (int token : tokens) {
            byte[] text = texts[token];
            if (text.length > 0) {
                longest = Math.max(longest, text.length);
                slots[slot(texts, slots, text, 0, text.length)] = token;
            }
        }
        return new ByteIndex(texts, slots, longest);
    }

    /** The token spelled {@code text[from, to)}, or -1. */
    int find(byte[] text, int from, int to) {
        return to - from > longest ? -1 : slots[slot(texts, slots, text, from, to)];
    }

    /** The length of a token's text in bytes. */
    int length(int token) {
        return texts[token].length;
    }

    private static int slot(byte[][] texts, int[] slots, byte[] text, int from, int to) {
        int hash = 0;
        for (int i = from; i < to; i++) {
            hash = hash * 31 + text[i];
        }
        hash *= 0x9E3779B9;
        hash ^= hash >>> 15;
        int mask = slots.length - 1;
        int slot = hash & mask;
        while (slots[slot] >= 0) {
            byte[] known = texts[slots[slot]];
            if (Arrays.equals(known, 0, known.length, text, from, to)) {
                return slot;
            }
            slot = (slot + 1) & mask;
        }
        return slot;
    }
}
