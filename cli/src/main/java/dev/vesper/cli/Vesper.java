package dev.vesper.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/**
 * The {@code vesper} command and what all its subcommands share: exit codes (0 done, 1 failed, 2 wrong usage), errors
 * as one line on stderr, and {@code --verbose}, which adds the stack trace.
 */
@Command(
        name = "vesper",
        description = "Runs open language models on this machine, trains LoRA adapters on them, and serves them.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        scope = ScopeType.INHERIT,
        synopsisSubcommandLabel = "COMMAND",
        footer = {"", "Example:", "  vesper --version"})
public final class Vesper implements Runnable {
    /** The work was done. */
    public static final int DONE = 0;

    /** The command was understood, and failed. */
    public static final int FAILED = 1;

    /** The command was not understood. */
    public static final int WRONG_USAGE = 2;

    private static final List<Class<?>> COMMANDS = List.of(
            DemoCommand.class,
            CompleteCommand.class,
            ChatCommand.class,
            TokenizeCommand.class,
            ScoreCommand.class,
            InspectCommand.class,
            TrainCommand.class,
            TuneCommand.class,
            RunsCommand.class,
            EvalCommand.class,
            ServeCommand.class,
            AdapterCommand.class,
            MergeCommand.class,
            QuantizeCommand.class,
            CodebooksCommand.class,
            CorpusCommand.class,
            BenchCommand.class);

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--verbose",
            description = "Print the stack trace of an error.",
            scope = ScopeType.INHERIT)
    private boolean verbose;

    /** Runs the command that {@code arguments} spell, and ends the process with its exit code. */
    public static void main(String[] arguments) {
        VectorModule.load();
        Output output = new Output(new FileOutputStream(FileDescriptor.out));
        PrintWriter out = new PrintWriter(new OutputStreamWriter(output, System.out.charset()), true);
        CommandLine line = commandLine(arguments).setOut(out);
        int code = garbled(arguments, line) ? WRONG_USAGE : execute(line, arguments);
        out.flush();
        System.exit(output.exitCode(code, line.getErr()));
    }

    private static int execute(CommandLine line, String[] arguments) {
        try {
            return line.execute(arguments);
        } catch (OutOfMemoryError e) {
            // The heap that is free again now is enough to say so.
            line.getErr().printf(
                    "vesper: out of memory, of which Java may take %s: %s; VESPER_JAVA_OPTS=-Xmx... gives it more%n",
                    Sizes.of(Runtime.getRuntime().maxMemory()), e.getMessage());
            line.getErr().flush();
            return FAILED;
        }
    }

    /** Says so if the JVM could not read an argument: it puts U+FFFD for bytes that its locale does not know. */
    private static boolean garbled(String[] arguments, CommandLine line) {
        String encoding = System.getProperty("sun.jnu.encoding", "UTF-8");
        boolean garbled = !encoding.equals("UTF-8")
                && Arrays.stream(arguments).anyMatch(argument -> argument.indexOf('\uFFFD') >= 0);
        if (garbled) {
            line.getErr().println("vesper: an argument has letters that the locale (" + encoding
                    + ") does not know; with LC_ALL=C.UTF-8 they are read");
            line.getErr().flush();
        }
        return garbled;
    }

    /**
     * The parser of this command line. Where it begins with a command, the others are not there: reading the options
     * of all of them takes longer than all else before the work begins.
     */
    static CommandLine commandLine(String... arguments) {
        var vesper = new Vesper();
        var line = new CommandLine(vesper);
        List<Class<?>> first = COMMANDS.stream()
                .filter(command -> arguments.length > 0 && name(command).equals(arguments[0]))
                .toList();
        (first.isEmpty() ? COMMANDS : first).forEach(line::addSubcommand);
        return line.setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler(Errors::wrongUsage)
                .setExecutionExceptionHandler(
                        (error, command, parsed) -> Errors.failed(error, command, vesper.verbose));
    }

    private static String name(Class<?> command) {
        return Objects.requireNonNull(command.getAnnotation(Command.class)).name();
    }

    /** Without a command there is nothing to do: the help says what there is. */
    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "which command?");
    }
}
