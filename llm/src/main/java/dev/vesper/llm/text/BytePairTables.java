package dev.vesper.llm.text;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The merges of byte-level byte-pair encoding, by the two symbols that they join: open addressing. Symbols are tokens,
 * and beyond the vocabulary spellings that merges pass through or bytes without a token of their own.
 */
final class BytePairTables implements MergeRules {
    private static final long FREE = -1;

    private final long[] pairs;
    private final long[] merges;
    private final int[] lengths;
    private final int[] byteSymbols;

    private BytePairTables(long[] pairs, long[] merges, int[] lengths, int[] byteSymbols) {
        this.pairs = pairs;
        this.merges = merges;
        this.lengths = lengths;
        this.byteSymbols = byteSymbols;
    }

    /**
     * Reads merges, the most eager first.
     *
     * @param pieces the bytes of each token that text can become; empty for the others
     * @param texts two spellings in {@link ByteAlphabet} each, with a space between
     * @throws VocabularyException if a merge is not spelled like this
     */
    static BytePairTables of(byte[][] pieces, List<byte[]> texts) {
        var symbols = new Symbols(pieces);
        int[] byteSymbols = new int[256];
        for (int value = 0; value < 256; value++) {
            byteSymbols[value] = symbols.symbol(new byte[] {(byte) value});
        }
        long[] pairs = new long[Math.max(16, Integer.highestOneBit(texts.size()) << 2)];
        Arrays.fill(pairs, FREE);
        long[] merges = new long[pairs.length];
        for (int rank = 0; rank < texts.size(); rank++) {
            byte[] text = texts.get(rank);
            int space = 1;
            while (space < text.length && text[space] != ' ') {
                space++;
            }
            byte[] left = ByteAlphabet.bytes(text, 0, Math.min(space, text.length));
            byte[] right = space < text.length ? ByteAlphabet.bytes(text, space + 1, text.length) : null;
            if (left == null || right == null || left.length == 0 || right.length == 0) {
                throw new VocabularyException("merge " + rank + " is '" + new String(text, StandardCharsets.UTF_8)
                        + "'; expected two spellings of bytes in GPT-2's alphabet with a space between");
            }
            byte[] both = Arrays.copyOf(left, left.length + right.length);
            System.arraycopy(right, 0, both, left.length, right.length);
            long pair = pair(symbols.symbol(left), symbols.symbol(right));
            int slot = slot(pairs, pair);
            if (pairs[slot] == FREE) {
                pairs[slot] = pair;
                merges[slot] = MergeRules.of(rank, symbols.symbol(both));
            }
        }
        return new BytePairTables(pairs, merges, symbols.lengths(), byteSymbols);
    }

    /** Numbers spellings: tokens by their id, the last of equals, others from the size of the vocabulary on. */
    private static final class Symbols {
        private final Map<String, Integer> numbers = new HashMap<>();
        private final List<Integer> lengths = new ArrayList<>();

        Symbols(byte[][] pieces) {
            for (int token = 0; token < pieces.length; token++) {
                lengths.add(pieces[token].length);
                if (pieces[token].length > 0) {
                    numbers.put(key(pieces[token]), token);
                }
            }
        }

        int symbol(byte[] bytes) {
            return numbers.computeIfAbsent(key(bytes), absent -> {
                lengths.add(bytes.length);
                return lengths.size() - 1;
            });
        }

        int[] lengths() {
            return lengths.stream().mapToInt(Integer::intValue).toArray();
        }

        private static String key(byte[] bytes) {
            return new String(bytes, StandardCharsets.ISO_8859_1);
        }
    }

    /** The symbol of a single byte. */
    int symbol(byte value) {
        return byteSymbols[value & 0xFF];
    }

    @Override
    public long merge(byte[] word, int from, int to, int left, int right) {
        long pair = pair(left, right);
        int slot = slot(pairs, pair);
        return pairs[slot] == FREE ? NONE : merges[slot];
    }

    @Override
    public int length(int symbol) {
        return lengths[symbol];
    }

    private static long pair(int left, int right) {
        return (long) left << 32 | right;
    }

    private static int slot(long[] pairs, long pair) {
        long hash = pair * 0x9E3779B97F4A7C15L;
        int mask = pairs.length - 1;
        int slot = (int) (hash >>> 32) & mask;
        while (pairs[slot] != FREE && pairs[slot] != pair) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }
}
