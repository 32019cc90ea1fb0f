package dev.vesper.llm.engine;

import java.util.Arrays;

/** How often each of some tokens occurs: a map of numbers, which makes no objects. Not thread-safe. */
final class TokenCounts {
    private static final int EMPTY = -1;

    /** Open addressing with steps of one; half of the places, at most, are taken. */
    private int[] tokens = filled(64);

    private int[] counts = new int[64];
    private int taken;

    private static int[] filled(int places) {
        int[] tokens = new int[places];
        Arrays.fill(tokens, EMPTY);
        return tokens;
    }

    /** Counts a token up, or down. */
    void add(int token, int change) {
        if (2 * taken >= tokens.length) {
            makeRoom();
        }
        put(token, change);
    }

    private void put(int token, int change) {
        int place = place(token);
        if (tokens[place] == EMPTY) {
            tokens[place] = token;
            taken++;
        }
        counts[place] += change;
    }

    private int place(int token) {
        // the golden ratio spreads neighbours, which tokens of one kind often are
        int place = (token * 0x9E3779B9) >>> (Integer.numberOfLeadingZeros(tokens.length) + 1);
        while (tokens[place] != EMPTY && tokens[place] != token) {
            place = place + 1 & tokens.length - 1;
        }
        return place;
    }

    /** Anew, without those that occur no more. */
    private void makeRoom() {
        int[] oldTokens = tokens;
        int[] oldCounts = counts;
        int left = 0;
        for (int count : oldCounts) {
            left += count == 0 ? 0 : 1;
        }
        tokens = filled(4 * left >= oldTokens.length ? 2 * oldTokens.length : oldTokens.length);
        counts = new int[tokens.length];
        taken = 0;
        for (int i = 0; i < oldTokens.length; i++) {
            if (oldCounts[i] != 0) {
                put(oldTokens[i], oldCounts[i]);
            }
        }
    }

    /** Places to ask for {@link #count} and {@link #token}. */
    int places() {
        return tokens.length;
    }

    /** How often the token at this place occurs; 0 if there is none. */
    int count(int place) {
        return counts[place];
    }

    /** The token at a place whose count is not 0. */
    int token(int place) {
        return tokens[place];
    }
}
