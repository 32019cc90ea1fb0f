package dev.vesper.cli;

import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** How an error looks to the person at the terminal: one line, and an exit code. */
final class Errors {
    private Errors() {}

    /** The command line was not understood: says why, what was perhaps meant, and where the help is. */
    static int wrongUsage(ParameterException error, String[] arguments) {
        CommandLine command = error.getCommandLine();
        PrintWriter out = command.getErr();
        out.println("vesper: " + oneLine(error));
        UnmatchedArgumentException.printSuggestions(error, out);
        out.println("See: " + command.getCommandSpec().qualifiedName() + " --help");
        return Vesper.WRONG_USAGE;
    }

    /** The command failed: says why; the stack trace only if asked for. */
    static int failed(Exception error, CommandLine command, boolean verbose) {
        PrintWriter out = command.getErr();
        out.println("vesper: " + oneLine(error));
        if (verbose) {
            error.printStackTrace(out);
        }
        return Vesper.FAILED;
    }

    /** The message of an error without line breaks; an error that has none is known by its name. */
    private static String oneLine(Exception error) {
        String message = error.getMessage();
        return message == null || message.isBlank()
                ? error.getClass().getSimpleName()
                : message.strip().replaceAll("\\s*\\R\\s*", " ").replaceFirst("^Error: ", "");
    }
}
