package dev.vesper.llm.text;

import static dev.vesper.llm.text.SentencePieceTokenizer.SPACE;
import static dev.vesper.llm.text.SentencePieceTokenizer.isSpaceMark;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.stream.IntStream;

/**
 * One encoding under way: cuts text into words, merges the characters of each, and collects tokens. A symbol is known by the
 * place of its first byte in the word; merging leaves the left symbol, longer, and takes n log n steps for n bytes.
 */
final class SentencePieceMerges {
    private final Tables tables;
    private final MergeHeap heap = new MergeHeap();
    private final Ids tokens = new Ids();
    private boolean endsWithUnknown;

    private byte[] word = new byte[64];
    private int size;
    /** For each symbol: its bytes (0 once it was merged into another), the symbol before it, its token or -1. */
    private int[] lengths = {};
    private int[] previous = {};
    private int[] symbols = {};

    SentencePieceMerges(Tables tables) {
        this.tables = tables;
    }

    /**
     * What does not change from one text to the next.
     *
     * @param pieces the tokens that text can become, by their spelling
     * @param priorities for each token, lower merges first
     * @param bytes the token of each byte; empty if there are none
     * @param spacesBegin whether no token holds a space after something else, so that every run of spaces begins a word
     */
    record Tables(ByteIndex pieces, int[] priorities, int[] bytes, int unknown, boolean spacesBegin) {
        static Tables of(Vocabulary vocabulary) {
            int[] mergeable = IntStream.range(0, vocabulary.size())
                    .filter(token -> vocabulary.type(token) == TokenType.NORMAL
                            || vocabulary.type(token) == TokenType.UNUSED)
                    .toArray();
            int[] priorities = IntStream.range(0, vocabulary.size())
                    .map(token -> priority(vocabulary.score(token)))
                    .toArray();
            boolean spacesBegin = true;
            for (int token : mergeable) {
                spacesBegin &= !hasInnerSpace(vocabulary.texts()[token]);
            }
            return new Tables(
                    ByteIndex.of(vocabulary.texts(), mergeable),
                    priorities,
                    byteTokens(vocabulary),
                    vocabulary.unknown().orElse(-1),
                    spacesBegin);
        }

        /** An integer that is the smaller the higher the score; both zeros are equal. */
        private static int priority(float score) {
            int bits = Float.floatToIntBits(score + 0.0f);
            return ~(bits ^ (bits >> 31) & Integer.MAX_VALUE);
        }

        private static boolean hasInnerSpace(byte[] text) {
            boolean begun = false;
            for (int i = 0; i < text.length; i++) {
                if (!isSpaceMark(text, i, text.length)) {
                    begun = true;
                } else if (begun) {
                    return true;
                } else {
                    i += SPACE.length - 1;
                }
            }
            return false;
        }

        private static int[] byteTokens(Vocabulary vocabulary) {
            int[] bytes = new int[256];
            boolean found = false;
            for (int token = 0; token < vocabulary.size(); token++) {
                if (vocabulary.type(token) == TokenType.BYTE) {
                    bytes[VocabularyBuilder.byteValue(vocabulary.texts()[token], token)] = token;
                    found = true;
                }
            }
            return found ? bytes : new int[0];
        }
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
        if (lengths.length < size) {
            lengths = new int[word.length];
            previous = new int[word.length];
            symbols = new int[word.length];
        }
        separateCharacters();
        while (!heap.isEmpty()) {
            int left = heap.left();
            int token = heap.token();
            heap.remove();
            int length = tables.pieces().length(token);
            int right = left + lengths[left];
            // The pair is out of date if one of the two has since been merged with something else.
            if (lengths[left] > 0 && right < size && lengths[left] + lengths[right] == length) {
                lengths[left] = length;
                lengths[right] = 0;
                symbols[left] = token;
                int next = left + length;
                if (next < size) {
                    previous[next] = left;
                    propose(left, next);
                }
                if (previous[left] >= 0) {
                    propose(previous[left], left);
                }
            }
        }
        for (int symbol = 0; symbol < size; symbol += lengths[symbol]) {
            if (symbols[symbol] >= 0) {
                add(symbols[symbol]);
            } else {
                spell(symbol, symbol + lengths[symbol]);
            }
        }
        size = 0;
    }

    private void separateCharacters() {
        int before = -1;
        for (int at = 0; at < size; at += lengths[at]) {
            lengths[at] = Math.max(1, Utf8.characterLength(word, at, size));
            previous[at] = before;
            symbols[at] = tables.pieces().find(word, at, at + lengths[at]);
            if (before >= 0) {
                propose(before, at);
            }
            before = at;
        }
    }

    private void propose(int left, int right) {
        int token = tables.pieces().find(word, left, right + lengths[right]);
        if (token >= 0) {
            heap.add(tables.priorities()[token], left, token);
        }
    }

    /** A character without a token: in bytes, or as the unknown token, of which a run of such characters makes only one. */
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
