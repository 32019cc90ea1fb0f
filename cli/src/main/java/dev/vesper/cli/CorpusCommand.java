package dev.vesper.cli;

import dev.vesper.data.corpus.Corpus;
import dev.vesper.data.corpus.Exam;
import dev.vesper.data.corpus.Probe;
import dev.vesper.data.corpus.Probes;
import dev.vesper.llm.Llm;
import dev.vesper.llm.LoadOptions;
import dev.vesper.llm.file.AtomicFiles;
import dev.vesper.tensor.Format;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Writes the corpus that a very small model learns from, and measures models on what it keeps apart. */
@Command(
        name = "corpus",
        description = {
            "Write conversations for a very small model to learn from, and questions to measure it with; or measure it.",
            "The same seed gives the same bytes on every machine. No question that is held out stands among the"
                    + " conversations, whatever their seeds."
        },
        footer = {
            "",
            "Examples:",
            "  vesper corpus --out corpus.jsonl --rows 100000 --seed 1 --held-out questions.jsonl",
            "  vesper corpus --check model.gguf --held-out questions.jsonl --wrong 20"
        })
final class CorpusCommand implements Callable<Integer> {
    private static final int ROWS_AT_A_TIME = 1000;

    @Option(
            names = "--out", paramLabel = "FILE",
            description = "Where to write conversations, one {\"messages\": [...]} in each line.")
    private @Nullable Path out;

    @Option(names = "--rows", paramLabel = "N", description = "How many conversations.")
    private @Nullable Long rows;

    @Option(names = "--seed", defaultValue = "1", paramLabel = "S", description = "Of chance; ${DEFAULT-VALUE}.")
    private long seed;

    @Option(
            names = "--held-out", paramLabel = "FILE",
            description = "The questions to measure with, to write or to ask: kind, messages, and the accepted answers.")
    private @Nullable Path heldOut;

    @Option(
            names = "--held-out-rows", defaultValue = "2000", paramLabel = "N",
            description = "How many questions to write; ${DEFAULT-VALUE}.")
    private long heldOutRows;

    @Option(names = "--force", description = "Replace files that are there.")
    private boolean force;

    @Option(
            names = "--check", paramLabel = "MODEL",
            description = "Write nothing, but ask this model the held-out questions: prints the share right by kind.")
    private @Nullable Path check;

    @Option(names = "--adapter", paramLabel = "DIR", description = "With --check: an adapter on top of the model.")
    private @Nullable Path adapter;

    @Option(
            names = "--wrong", defaultValue = "0", paramLabel = "N",
            description = "With --check: also print so many wrong answers; ${DEFAULT-VALUE}.")
    private int wrong;

    @Option(
            names = "--threads", converter = Values.Threads.class, paramLabel = "T",
            description = "With --check: threads to compute with; 0, the default, for all processors.")
    private int threads;

    @Option(names = "--json", description = "With --check: print one JSON object.")
    private boolean json;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        if (check != null) {
            if (out != null || rows != null) {
                throw wrongUsage("--check writes nothing: leave out --out and --rows");
            }
            if (heldOut == null) {
                throw wrongUsage("--check needs --held-out=FILE, the questions to ask");
            }
            check(check, heldOut);
        } else if (out == null || rows == null) {
            throw wrongUsage("Missing required options: '--out=FILE' and '--rows=N' to write, or '--check=MODEL'");
        } else {
            write(out, rows);
        }
        return Vesper.DONE;
    }

    private ParameterException wrongUsage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    private void check(Path model, Path questions) {
        try (Llm llm = Llm.load(model, new LoadOptions("auto", threads, 0, 0, 64, Format.F32))) {
            if (adapter != null) {
                llm.addAdapters("adapted", List.of(llm.file().readAdapter(adapter)));
            }
            List<Probe> probes = Probes.read(questions);
            List<Exam.Marked> marked;
            try (Progress progress = Progress.of("asked", "questions", probes.size(), spec.commandLine().getErr())) {
                marked = Exam.sit(llm, adapter == null ? "" : "adapted", probes, done -> progress.add(1));
            }
            report(marked, spec.commandLine().getOut());
        }
    }

    private void report(List<Exam.Marked> marked, PrintWriter printer) {
        ExamReport report = ExamReport.of(marked);
        if (json) {
            printer.println(Json.of(report));
        } else {
            report.print(printer);
            marked.stream().filter(one -> !one.right()).limit(wrong).forEach(one -> {
                printer.println();
                printer.println("wrong: " + one.probe().kind());
                one.probe().messages()
                        .forEach(message -> printer.println("  " + message.role() + ": " + message.content()));
                printer.println("  said: " + one.answer());
                printer.println("  expected: " + String.join(" | ", one.probe().accepted()));
            });
        }
        printer.flush();
    }

    private void write(Path file, long count) {
        atLeastOne("--rows", count);
        atLeastOne("--held-out-rows", heldOutRows);
        refuseToReplace(file);
        if (heldOut != null) {
            if (heldOut.toAbsolutePath().normalize().equals(file.toAbsolutePath().normalize())) {
                throw new IllegalArgumentException(file + " is given for both --out and --held-out");
            }
            refuseToReplace(heldOut);
        }
        Corpus corpus = Corpus.of(seed);
        write(file, count, corpus::conversation);
        if (heldOut != null) {
            write(heldOut, heldOutRows, corpus::probe);
        }
    }

    private void atLeastOne(String option, long value) {
        if (value < 1) {
            throw wrongUsage("%s: expected 1 or more, found %d".formatted(option, value));
        }
    }

    private void refuseToReplace(Path file) {
        if (!force && Files.exists(file)) {
            throw new IllegalArgumentException(file + " is there already; --force replaces it");
        }
    }

    private void write(Path file, long count, LongFunction<Object> row) {
        PrintWriter err = spec.commandLine().getErr();
        try (Progress progress = Progress.of("written", "rows", count, err)) {
            AtomicFiles.write(file, channel -> {
                StringBuilder text = new StringBuilder();
                for (long number = 0; number < count; number++) {
                    text.append(Json.of(row.apply(number))).append('\n');
                    if ((number + 1) % ROWS_AT_A_TIME == 0 || number + 1 == count) {
                        append(channel, text.toString());
                        text.setLength(0);
                        progress.add((int) (number % ROWS_AT_A_TIME) + 1);
                    }
                }
            });
        }
        PrintWriter printer = spec.commandLine().getOut();
        printer.println("%s: %d rows".formatted(file, count));
        printer.flush();
    }

    private static void append(FileChannel channel, String text) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }
}
