package dev.vesper.cli;

import java.util.regex.Pattern;

/** How words are spelled for a shell, in commands that are shown to be copied. */
final class Shell {
    private static final Pattern PLAIN = Pattern.compile("[\\w./:=@%+,~\\\\-]+");

    private Shell() {}

    /** The word in quotes if a shell would otherwise take it for something else. */
    static String quoted(String word) {
        return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
    }
}
