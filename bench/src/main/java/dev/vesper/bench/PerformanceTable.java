package dev.vesper.bench;

import dev.vesper.train.Machine;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Measures synthetic models with {@code vesper bench}, and writes the table of docs/performance.md. */
@Command(
        name = "performance-table",
        mixinStandardHelpOptions = true,
        description = "Measure synthetic models with \"vesper bench\", and write the table of docs/performance.md.",
        footer = {
            "",
            "Example:",
            "  java -cp bench/target/benchmarks.jar dev.vesper.bench.PerformanceTable \\",
            "      --models llama-1b:Q8_0,llama-1b:Q4_0 --folder /tmp --into docs/performance.md"
        })
public final class PerformanceTable implements Callable<Integer> {
    static final MarkedSection SECTION = new MarkedSection("performance table");

    @Option(
            names = "--models",
            required = true,
            split = ",",
            paramLabel = "SHAPE:FORMAT",
            description = "Synthetic models, such as llama-1b:Q8_0.")
    private List<String> models = List.of();

    @Option(
            names = "--folder",
            required = true,
            paramLabel = "DIR",
            description = "Where the models are; those that are missing are written.")
    private Path folder = Path.of("");

    @Option(names = "--into", required = true, paramLabel = "FILE", description = "The Markdown file with the marks.")
    private Path into = Path.of("");

    @Option(names = "--vesper", paramLabel = "COMMAND", defaultValue = "./vesper", description = "${DEFAULT-VALUE}.")
    private String vesper = "";

    @Option(
            names = "--options",
            paramLabel = "OPTIONS",
            defaultValue = "--prompt-tokens 512 --generate-tokens 128 --train-tokens 512 --repeat 3",
            description = "For \"vesper bench\"; ${DEFAULT-VALUE}.")
    private String options = "";

    @Option(
            names = "--timeout", paramLabel = "SECONDS", defaultValue = "7200",
            description = "How long a measurement may take; ${DEFAULT-VALUE}.")
    private long timeout;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    /** Runs with the options in {@code arguments}; {@code --help} lists them. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new PerformanceTable()).execute(arguments));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        List<PerformanceRow> rows = new ArrayList<>();
        for (String model : models) {
            String[] parts = model.split(":", -1);
            if (parts.length != 2) {
                throw new ParameterException(
                        spec.commandLine(), "--models: expected SHAPE:FORMAT, found \"%s\"".formatted(model));
            }
            PrintWriter err = spec.commandLine().getErr();
            err.println("measuring " + model);
            err.flush();
            rows.add(measure(parts[0], parts[1]));
        }
        SECTION.write(into, text(rows));
        return 0;
    }

    private PerformanceRow measure(String shape, String format) throws IOException, InterruptedException {
        Path file = folder.resolve(shape + "." + format + ".gguf");
        if (!Files.exists(file)) {
            run("bench", "--synthetic", shape, "--format", format, "--out", file.toString());
        }
        List<String> arguments = new ArrayList<>(List.of("bench", "--model", file.toString(), "--json"));
        arguments.addAll(new CommandTemplate(options).fill(Map.of()));
        String output = run(arguments.toArray(String[]::new));
        try {
            JsonNode json = JsonMapper.shared().readTree(output);
            return new PerformanceRow(shape, json);
        } catch (JacksonException e) {
            throw new IOException("%s bench --json: expected JSON: %s".formatted(vesper, e.getOriginalMessage()), e);
        }
    }

    private String run(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(new CommandTemplate(vesper).fill(Map.of()));
        command.addAll(List.of(arguments));
        return CommandRun.output(command, timeout);
    }

    private String text(List<PerformanceRow> rows) throws IOException, InterruptedException {
        Machine machine = Machine.current();
        JsonNode first = rows.getFirst().bench();
        return """
                %s, commit %s. %s, %d processors, %s of memory, %s, JDK %s; %s kernels, %d threads.
                Each with `vesper bench --model %s --json %s`: the median, the lowest and the highest, and the share of what the machine
                can do, measured in the same run.

                %s%s
                Limits: %s.
                """
                .formatted(
                        LocalDate.now(ZoneOffset.UTC),
                        commit(),
                        machine.processor(),
                        machine.processors(),
                        gibibytes(machine.memory()),
                        machine.system(),
                        machine.jdk(),
                        first.path("kernels").asString(),
                        first.path("threads").asInt(),
                        "SHAPE.FORMAT.gguf",
                        options,
                        PerformanceRow.HEADER,
                        rows.stream().map(PerformanceRow::markdown).collect(Collectors.joining()),
                        rows.stream().map(PerformanceRow::limits).collect(Collectors.joining("; ")));
    }

    /** The commit that was measured, with a word if the sources were changed after it. */
    private static String commit() throws IOException, InterruptedException {
        return CommandRun.output(List.of("git", "describe", "--always", "--dirty=, changed"), 60).strip();
    }

    private static String gibibytes(long bytes) {
        return String.format(Locale.ROOT, "%.0f GiB", bytes / (double) (1L << 30));
    }
}
