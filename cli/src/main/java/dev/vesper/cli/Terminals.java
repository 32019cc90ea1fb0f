package dev.vesper.cli;

import java.io.Console;

/** What kind of place the output goes to. */
final class Terminals {
    private Terminals() {}

    /** Whether a person sees the output as it comes: both input and output are a terminal. */
    @SuppressWarnings("SystemConsoleNull") // JDK 25 gives null again where input or output is not a terminal
    static boolean interactive() {
        Console console = System.console();
        return console != null && console.isTerminal();
    }
}
