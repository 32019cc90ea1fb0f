package dev.vesper.cli;

/** What kind of place the output goes to. */
final class Terminals {
    private Terminals() {}

    /** Whether a person sees the output as it comes: both input and output are a terminal. */
    static boolean interactive() {
        return java.util.Objects.requireNonNull(System.console()).isTerminal();
    }
}
