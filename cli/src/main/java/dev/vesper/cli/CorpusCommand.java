package dev.vesper.cli;

import dev.vesper.data.corpus.Corpus;
import dev.vesper.llm.file.AtomicFiles;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Writes the corpus that a very small model learns from. */
@Command(
        name = "corpus",
        description = {
            "Write conversations for a very small model to learn from, and questions to measure it with.",
            "The same seed gives the same bytes on every machine. No question of the second file stands in the first,"
                    + " whatever their seeds."
        },
        footer = {
            "",
            "Example:",
            "  vesper corpus --out corpus.jsonl --rows 100000 --seed 1 --held-out questions.jsonl"
        })
final class CorpusCommand implements Callable<Integer> {
    private static final int ROWS_AT_A_TIME = 1000;

    @Option(
            names = "--out", required = true, paramLabel = "FILE",
            description = "The conversations, one {\"messages\": [...]} in each line.")
    private Path out = Path.of("");

    @Option(names = "--rows", required = true, paramLabel = "N", description = "How many conversations.")
    private long rows;

    @Option(names = "--seed", defaultValue = "1", paramLabel = "S", description = "Of chance; ${DEFAULT-VALUE}.")
    private long seed;

    @Option(
            names = "--held-out", paramLabel = "FILE",
            description = "Also the questions to measure with: kind, messages, and the accepted answers.")
    private @Nullable Path heldOut;

    @Option(
            names = "--held-out-rows", defaultValue = "2000", paramLabel = "N",
            description = "How many of these; ${DEFAULT-VALUE}.")
    private long heldOutRows;

    @Option(names = "--force", description = "Replace files that are there.")
    private boolean force;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        atLeastOne("--rows", rows);
        atLeastOne("--held-out-rows", heldOutRows);
        refuseToReplace(out);
        if (heldOut != null) {
            if (heldOut.toAbsolutePath().normalize().equals(out.toAbsolutePath().normalize())) {
                throw new IllegalArgumentException(out + " is given for both --out and --held-out");
            }
            refuseToReplace(heldOut);
        }
        Corpus corpus = Corpus.of(seed);
        write(out, rows, corpus::conversation);
        if (heldOut != null) {
            write(heldOut, heldOutRows, corpus::probe);
        }
        return Vesper.DONE;
    }

    private static void atLeastOne(String option, long value) {
        if (value < 1) {
            throw new IllegalArgumentException("%s: expected 1 or more, found %d".formatted(option, value));
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
