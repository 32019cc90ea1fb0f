package dev.vesper.data.corpus;

import dev.vesper.data.SplitMix;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * What is kept for measuring, decided by the words alone: one in sixteen of all names and of all questions with what
 * their answers depend on. It is the same for every seed, so that no corpus teaches what another asks.
 */
final class Split {
    private static final int SHARE = 16;
    private static final Pattern MARKS = Pattern.compile("[^\\p{L}\\p{N}+=*-]+");

    private Split() {}

    /** Whether these words are kept for measuring; case and marks do not count. */
    static boolean heldOut(String words) {
        return SplitMix.of(0, normal(words)).below(SHARE) == 0;
    }

    /** Lower case, without marks, with single spaces. */
    static String normal(String words) {
        return MARKS.matcher(words.toLowerCase(Locale.ROOT)).replaceAll(" ").strip();
    }
}
