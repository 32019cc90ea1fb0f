package dev.vesper.llm.text;

import static dev.vesper.llm.text.SentencePieceTokenizer.SPACE;
import static dev.vesper.llm.text.SentencePieceTokenizer.isSpaceMark;

import java.util.Arrays;
import java.util.HexFormat;

/** One encoding under way: cuts text into words, merges the characters of each, and collects tokens. */
final class SentencePieceEncoding {
    private final SentencePieceTables tables;
    private final WordMerger merger;
    private final Ids tokens = new Ids();
    private boolean endsWithUnknown;

    private byte[] word = new byte[64];
    private int size;

    SentencePieceEncoding(SentencePieceTables tables) {
        this.tables = tables;
        this.merger = new WordMerger(tables);
    }

    /** Adds a token as it is. */
    void add(int token) {
        tokens.add(token);
        endsWithUnknown = false;
    }

    int[] tokens() {
        return tokens.toArray();
    }

    /** Adds the tokens of {@code text[from, to)}. */
    void encode(byte[] text, int from, int to, boolean spaceBefore) {
        if (spaceBefore) {
            append(SPACE, 0, SPACE.length);
        }
        int at = from;
        while (at < to) {
            if (text[at] == ' ') {
                if (tables.spacesBegin() && !endsWithSpace()) {
                    merge();
                }
                append(SPACE, 0, SPACE.length);
                at++;
            } else if (tables.bytes().length > 0 && isSpaceMark(text, at, to)) {
                merge();
                addBytes(text, at, at + SPACE.length);
                at += SPACE.length;
            } else {
                int length = Math.max(1, Utf8.characterLength(text, at, to));
                append(text, at, length);
                at += length;
            }
        }
        merge();
    }

    private boolean endsWithSpace() {
        return size >= SPACE.length && isSpaceMark(word, size - SPACE.length, size);
    }

    private void append(byte[] text, int from, int length) {
        if (size + length > word.length) {
            word = Arrays.copyOf(word, Math.max(size + length, word.length * 2));
        }
        System.arraycopy(text, from, word, size, length);
        size += length;
    }

    /** Merges the characters of the word, adds its tokens, and begins a new word. */
    private void merge() {
        merger.begin(word, size);
        for (int at = 0; at < size;) {
            int length = Math.max(1, Utf8.characterLength(word, at, size));
            merger.append(length, tables.pieces().find(word, at, at + length));
            at += length;
        }
        merger.merge();
        for (int at = 0; at < size; at += merger.length(at)) {
            if (merger.symbol(at) >= 0) {
                add(merger.symbol(at));
            } else {
                spell(at, at + merger.length(at));
            }
        }
        size = 0;
    }

    /**
     * A character without a token: in bytes, or as the unknown token, of which a run of such characters makes only one.
     */
    private void spell(int from, int to) {
        if (tables.bytes().length > 0 && isSpaceMark(word, from, to)) {
            add(tables.bytes()[' ']);
        } else if (tables.bytes().length > 0) {
            addBytes(word, from, to);
        } else if (tables.unknown() < 0) {
            throw new VocabularyException("no token for the bytes "
                    + HexFormat.ofDelimiter(" ").formatHex(word, from, to)
                    + ": the vocabulary has neither byte tokens nor an unknown token");
        } else if (!endsWithUnknown) {
            tokens.add(tables.unknown());
            endsWithUnknown = true;
        }
    }

    private void addBytes(byte[] text, int from, int to) {
        for (int i = from; i < to; i++) {
            add(tables.bytes()[text[i] & 0xFF]);
        }
    }
}
