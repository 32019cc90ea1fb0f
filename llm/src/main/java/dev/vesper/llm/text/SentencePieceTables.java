package dev.vesper.llm.text;

import static dev.vesper.llm.text.SentencePieceTokenizer.SPACE;
import static dev.vesper.llm.text.SentencePieceTokenizer.isSpaceMark;

import java.util.Arrays;

/**
 * What encoding by scores looks up in a vocabulary.
 *
 * @param pieces the tokens that text can become, by their spelling
 * @param priorities for each token, lower merges first
 * @param bytes the token of each byte; empty if there are none
 * @param spacesBegin whether no token holds a space after something else, so that every run of spaces begins a word
 */
record SentencePieceTables(ByteIndex pieces, int[] priorities, int[] bytes, int unknown, boolean spacesBegin)
        implements MergeRules {
    static SentencePieceTables of(Vocabulary vocabulary) {
        int[] mergeable = new int[vocabulary.size()];
        int[] priorities = new int[vocabulary.size()];
        int count = 0;
        boolean spacesBegin = true;
        for (int token = 0; token < vocabulary.size(); token++) {
            TokenType type = vocabulary.type(token);
            priorities[token] = priority(vocabulary.score(token));
            if (type == TokenType.NORMAL || type == TokenType.UNUSED) {
                mergeable[count++] = token;
                spacesBegin &= !hasInnerSpace(vocabulary.texts()[token]);
            }
        }
        return new SentencePieceTables(
                ByteIndex.of(vocabulary.texts(), Arrays.copyOf(mergeable, count)),
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

    @Override
    public long merge(byte[] word, int from, int to, int left, int right) {
        int token = pieces.find(word, from, to);
        return token < 0 ? NONE : MergeRules.of(priorities[token], token);
    }

    @Override
    public int length(int symbol) {
        return pieces.length(symbol);
    }
}
