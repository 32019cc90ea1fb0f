package dev.vesper.llm.text;

import java.util.Arrays;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Finds tokens that are to be recognised whole in a text. The leftmost match wins, and of those that begin at one place
 * the longest, as in Hugging Face's tokenizers; llama.cpp looks for the longest of all first, which differs only where
 * the spellings of two special tokens overlap.
 */
final class SpecialTokens {
    private static final int[] NO_LENGTHS = {};

    private final ByteIndex index;
    private final int[][] lengthsByFirstByte;

    private SpecialTokens(ByteIndex index, int[][] lengthsByFirstByte) {
        this.index = index;
        this.lengthsByFirstByte = lengthsByFirstByte;
    }

    /** A token at {@code [start, end)}; where there is none, {@code token} is -1 and both are the end of the text. */
    record Match(int start, int end, int token) {}

    /** The tokens that are recognised in every text. */
    static SpecialTokens userDefined(Vocabulary vocabulary) {
        return of(vocabulary, type -> type == TokenType.USER_DEFINED);
    }

    /** The tokens that are recognised in a text that may hold control tokens. */
    static SpecialTokens all(Vocabulary vocabulary) {
        return of(vocabulary, TokenType::special);
    }

    private static SpecialTokens of(Vocabulary vocabulary, Predicate<TokenType> types) {
        int[] tokens = new int[vocabulary.size()];
        int count = 0;
        for (int token = 0; token < tokens.length; token++) {
            if (types.test(vocabulary.type(token))) {
                tokens[count++] = token;
            }
        }
        return of(vocabulary.texts(), Arrays.copyOf(tokens, count));
    }

    private static SpecialTokens of(byte[][] texts, int[] tokens) {
        int[][] lengths = new int[256][];
        for (int first = 0; first < 256; first++) {
            TreeSet<Integer> distinct = new TreeSet<>();
            for (int token : tokens) {
                if (texts[token].length > 0 && (texts[token][0] & 0xFF) == first) {
                    distinct.add(texts[token].length);
                }
            }
            lengths[first] = distinct.isEmpty()
                    ? NO_LENGTHS
                    : distinct.descendingSet().stream().mapToInt(Integer::intValue).toArray();
        }
        return new SpecialTokens(ByteIndex.of(texts, tokens), lengths);
    }

    /** The first match in {@code text} that begins at {@code from} or later. */
    Match find(byte[] text, int from) {
        for (int start = from; start < text.length; start++) {
            for (int length : lengthsByFirstByte[text[start] & 0xFF]) {
                if (start + length <= text.length) {
                    int token = index.find(text, start, start + length);
                    if (token >= 0) {
                        return new Match(start, start + length, token);
                    }
                }
            }
        }
        return new Match(text.length, text.length, -1);
    }
}
