package dev.vesper.cli;

import dev.vesper.llm.file.AtomicFiles;
import dev.vesper.llm.file.ModelFileException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Shows in two minutes what Vesper is for: a small model becomes somebody, and what that brought and cost is measured. */
@Command(
        name = "demo",
        description = {
            "Make a small model yours in two minutes, and see what that changed.",
            "",
            "Asks the bundled model who it is, tunes an adapter on examples/persona.jsonl, asks again, and measures what it",
            "learnt and what it forgot. Needs no network. DIR gets adapter/, the result; examples.jsonl, what it was tuned",
            "on; questions.jsonl, what it was measured on; and demo.json, all figures.",
            ""
        },
        footer = {"", "Example:", "  vesper demo"})
final class DemoCommand implements Callable<Integer> {
    private static final String EXAMPLES = "persona.jsonl";
    private static final String FOLDER = "vesper-demo";

    /** What requests to the server call the adapter. */
    private static final String NAME = "otto";

    @Option(
            names = "--out", paramLabel = "DIR",
            description = "A new or empty folder for the result; vesper-demo, or the first of vesper-demo-2, -3 and so on"
                    + " that is free.")
    private @Nullable Path out;

    @Option(names = "--model", paramLabel = "FILE", description = "Another model than the bundled one.")
    private @Nullable Path model;

    @Option(names = "--data", paramLabel = "FILE", description = "Other conversations than examples/persona.jsonl.")
    private @Nullable Path data;

    @Option(
            names = "--threads", converter = Values.Threads.class, paramLabel = "T",
            description = "Threads to compute with; 0, the default, for all processors.")
    private int threads;

    @Option(names = "--json", description = "Print the figures as one JSON object.")
    private boolean json;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        Demo.Places places = places();
        PrintWriter printer = spec.commandLine().getOut();
        PrintWriter said = json ? spec.commandLine().getErr() : printer;
        DemoReport report = new Demo(places, threads, said, spec.commandLine().getErr()).run();
        AtomicFiles.write(places.out().resolve("demo.json"), Json.of(report) + "\n");
        if (json) {
            printer.println(Json.of(report));
        } else {
            report.print(printer);
            printNext(places, printer);
        }
        printer.flush();
        return Vesper.DONE;
    }

    /** What is read and where the result goes; all of it is checked before the first question is asked. */
    private Demo.Places places() {
        Optional<Home> home = Home.find();
        Path found = model != null ? model : home.map(Home::model).orElseThrow(DemoCommand::notFound);
        Path rows = data != null ? data : home.map(one -> one.example(EXAMPLES)).orElseThrow(DemoCommand::notFound);
        if (!Files.isRegularFile(found)) {
            throw new ModelFileException(found, "opening", "a model", "no such file");
        }
        if (!Files.isRegularFile(rows)) {
            throw new ModelFileException(rows, "opening", "examples to learn from", "no such file");
        }
        Path folder = out != null ? out : free();
        if (Files.exists(folder) && !isEmpty(folder)) {
            throw new ModelFileException(folder, "writing", "a new or empty folder", "one with files in it, or a file");
        }
        return new Demo.Places(found, rows, folder);
    }

    private static boolean isEmpty(Path folder) {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.findAny().isEmpty();
        } catch (IOException e) {
            return false; // it is a file, or not ours to look into
        }
    }

    private static IllegalArgumentException notFound() {
        return new IllegalArgumentException(
                ("the bundled model is not here: expected %s and examples/%s in the folder of this program or above it;"
                        + " --model and --data name others").formatted(Home.MODEL, EXAMPLES));
    }

    /** The first folder of this name that is not there yet. */
    private static Path free() {
        Path folder = Path.of(FOLDER);
        for (int number = 2; Files.exists(folder); number++) {
            folder = Path.of(FOLDER + "-" + number);
        }
        return folder;
    }

    private void printNext(Demo.Places places, PrintWriter printer) {
        Path here = Path.of("").toAbsolutePath();
        String vesper = Home.find().map(home -> home.command(here)).orElse("vesper");
        String base = Shell.quoted(Home.shortest(places.model(), here));
        String adapter = Home.shortest(places.adapter(), here);
        printer.println();
        printer.println("It is yours. Talk with it:");
        printer.println("  %s chat --model %s --adapter %s".formatted(vesper, base, Shell.quoted(adapter)));
        printer.println("Serve it to every program that speaks OpenAI's API, and ask:");
        printer.println(
                "  %s serve --model %s --adapter %s".formatted(vesper, base, Shell.quoted(NAME + "=" + adapter)));
        printer.println("  curl http://127.0.0.1:8080/v1/chat/completions -H 'Content-Type: application/json' \\");
        printer.println(
                "    -d '{\"model\": \"%s\", \"messages\": [{\"role\": \"user\", \"content\": \"Who are you?\"}]}'"
                        .formatted(NAME));
        printer.println(
                "Make it somebody else: copy %s, change it, and tune:".formatted(Home.shortest(places.data(), here)));
        printer.println("  %s tune --model %s --data my-examples.jsonl --out my-adapter %s"
                .formatted(vesper, base, Demo.OPTIONS));
    }
}
