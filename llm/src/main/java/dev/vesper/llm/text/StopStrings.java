package dev.vesper.llm.text;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a stream of text at the first of several stop strings. Text that may be the beginning of one is held back until
 * it is sure, so that no part of a stop string is ever given out, however it is spread over pieces. The stop string
 * that is complete first counts; of those that are complete at the same character, the longest. Not for use by several
 * threads.
 */
public final class StopStrings {
    private final String[] stops;
    private final int[][] fallbacks;
    private final int[] matched;
    private final StringBuilder held = new StringBuilder();
    private @Nullable String found;

    private StopStrings(String[] stops, int[][] fallbacks) {
        this.stops = stops;
        this.fallbacks = fallbacks;
        this.matched = new int[stops.length];
    }

    /**
     * A matcher for one stream.
     *
     * @param stops may be empty: then all text passes at once
     * @throws IllegalArgumentException if one is empty, or holds half of a surrogate pair and so could never occur
     */
    public static StopStrings of(List<String> stops) {
        int[][] fallbacks = new int[stops.size()][];
        for (int i = 0; i < stops.size(); i++) {
            if (stops.get(i).isEmpty()) {
                throw new IllegalArgumentException("stop string " + i + " of " + stops.size() + " is empty");
            }
            Utf8.encode(stops.get(i));
            fallbacks[i] = fallbacks(stops.get(i));
        }
        return new StopStrings(stops.toArray(String[]::new), fallbacks);
    }

    /** Takes more text and returns what is now sure to come before any stop string; nothing once one was found. */
    public String next(String text) {
        if (found != null) {
            return "";
        }
        if (stops.length == 0) {
            return text;
        }
        for (int i = 0; i < text.length(); i++) {
            held.append(text.charAt(i));
            int longest = longestCompleted(text.charAt(i));
            if (longest >= 0) {
                found = stops[longest];
                String before = held.substring(0, held.length() - stops[longest].length());
                held.setLength(0);
                return before;
            }
        }
        int uncertain = 0;
        for (int length : matched) {
            uncertain = Math.max(uncertain, length);
        }
        String sure = held.substring(0, held.length() - uncertain);
        held.delete(0, sure.length());
        return sure;
    }

    /** At the end of the stream: the text that was held back, since no stop string came of it. */
    public String finish() {
        String rest = held.toString();
        held.setLength(0);
        Arrays.fill(matched, 0);
        return rest;
    }

    /** The stop string at which the text was cut. */
    public Optional<String> found() {
        return Optional.ofNullable(found);
    }

    /** Moves every stop string on by one character; the longest that it completes, or -1. */
    private int longestCompleted(char next) {
        int longest = -1;
        for (int i = 0; i < stops.length; i++) {
            matched[i] = advance(stops[i], fallbacks[i], matched[i], next);
            if (matched[i] == stops[i].length() && (longest < 0 || matched[i] > stops[longest].length())) {
                longest = i;
            }
        }
        return longest;
    }

    /**
     * Knuth, Morris, Pratt: how much of {@code stop} the text ends with, after {@code length} and one more character.
     */
    private static int advance(String stop, int[] fallback, int length, char next) {
        int matched = length;
        while (matched > 0 && stop.charAt(matched) != next) {
            matched = fallback[matched];
        }
        return stop.charAt(matched) == next ? matched + 1 : 0;
    }

    /** For each length of a beginning of {@code stop}, the longest shorter beginning that it ends with. */
    private static int[] fallbacks(String stop) {
        int[] fallback = new int[stop.length() + 1];
        for (int length = 1; length < stop.length(); length++) {
            fallback[length + 1] = advance(stop, fallback, fallback[length], stop.charAt(length));
        }
        return fallback;
    }
}
