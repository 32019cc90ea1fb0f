package dev.vesper.llm.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StopStringsTest {
    private static List<String> pieces(StopStrings stops, String... texts) {
        List<String> pieces = new ArrayList<>();
        for (String text : texts) {
            pieces.add(stops.next(text));
        }
        pieces.add(stops.finish());
        return pieces;
    }

    @Test
    void noPartOfAStopStringThatSpansPiecesIsGivenOut() {
        StopStrings stops = StopStrings.of(List.of("\nUser:"));
        assertThat(pieces(stops, "Hi\n", "Us", "er", ": more")).containsExactly("Hi", "", "", "", "");
        assertThat(stops.found()).contains("\nUser:");
        assertThat(stops.next("later")).isEmpty();
    }

    @Test
    void textThatOnlyLookedLikeAStopStringComesLater() {
        StopStrings stops = StopStrings.of(List.of("\nUser:"));
        assertThat(pieces(stops, "Hi\nUs", "e it\n", "U")).containsExactly("Hi", "\nUse it", "", "\nU");
        assertThat(stops.found()).isEmpty();
    }

    @Test
    void aStopStringThatBeginsInsideAFailedOneIsFound() {
        StopStrings stops = StopStrings.of(List.of("aab", "xaay"));
        assertThat(pieces(stops, "a", "a", "a", "b")).containsExactly("", "", "a", "", "");
        assertThat(stops.found()).contains("aab");
        assertThat(pieces(StopStrings.of(List.of("aab", "xaay")), "xaab")).containsExactly("x", "");
    }

    @Test
    void theStopStringThatIsCompleteFirstCountsAndTheLongestOfEquals() {
        StopStrings stops = StopStrings.of(List.of("cd", "bcd", "abcde"));
        assertThat(pieces(stops, "abcde")).containsExactly("a", "");
        assertThat(stops.found()).contains("bcd");
    }

    @Test
    void withoutStopStringsTextPassesAtOnce() {
        assertThat(pieces(StopStrings.of(List.of()), "a", "b")).containsExactly("a", "b", "");
    }

    @Test
    void howTheTextIsSplitDoesNotMatter() {
        Random random = new Random(53);
        for (int i = 0; i < 5000; i++) {
            List<String> stops =
                    List.of(letters(random, 1 + random.nextInt(4)), letters(random, 1 + random.nextInt(4)));
            String text = letters(random, random.nextInt(16));
            StopStrings split = StopStrings.of(stops);
            StringBuilder given = new StringBuilder();
            for (int at = 0; at < text.length();) {
                int end = Math.min(text.length(), at + 1 + random.nextInt(3));
                given.append(split.next(text.substring(at, end)));
                at = end;
                assertThat(cut(text, stops)).as("%s %s", text, stops).startsWith(given.toString());
            }
            given.append(split.finish());
            assertThat(given.toString()).as("%s %s", text, stops).isEqualTo(cut(text, stops));
            assertThat(split.found().isPresent()).isEqualTo(stops.stream().anyMatch(text::contains));
        }
    }

    @Test
    void stopStringsThatCannotOccurAreRefused() {
        assertThatThrownBy(() -> StopStrings.of(List.of("a", "")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("stop string 1 of 2 is empty");
        assertThatThrownBy(() -> StopStrings.of(List.of("\uDC00"))).isInstanceOf(IllegalArgumentException.class);
    }

    /** The rule, spelled out: at the first place where a stop string ends, cut before the longest that ends there. */
    private static String cut(String text, List<String> stops) {
        for (int end = 1; end <= text.length(); end++) {
            int longest = 0;
            for (String stop : stops) {
                longest = text.substring(0, end).endsWith(stop) ? Math.max(longest, stop.length()) : longest;
            }
            if (longest > 0) {
                return text.substring(0, end - longest);
            }
        }
        return text;
    }

    private static String letters(Random random, int length) {
        StringBuilder letters = new StringBuilder();
        while (letters.length() < length) {
            letters.append((char) ('a' + random.nextInt(2)));
        }
        return letters.toString();
    }
}
