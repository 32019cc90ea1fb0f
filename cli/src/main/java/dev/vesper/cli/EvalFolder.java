package dev.vesper.cli;

import dev.vesper.llm.file.AtomicFiles;
import dev.vesper.llm.file.ModelFileException;
import dev.vesper.train.eval.report.HtmlReport;
import dev.vesper.train.eval.report.JsonReport;
import dev.vesper.train.eval.report.MarkdownReport;
import dev.vesper.train.eval.report.Report;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Where an evaluation is kept; nowhere if no folder was named. */
record EvalFolder(@Nullable Path folder) {
    static final String PAGE = "report.html";
    private static final String MARKDOWN = "report.md";
    private static final String JSON = "report.json";
    private static final String JUDGMENTS = "judgments.jsonl";

    /**
     * Makes the folder.
     *
     * @param resuming whether it may hold an evaluation with judgments already, whose report is then replaced
     * @throws ModelFileException if it holds anything else
     */
    static EvalFolder prepare(@Nullable Path folder, boolean resuming) {
        if (folder == null) {
            return new EvalFolder(null);
        }
        try {
            if (Files.exists(folder) && !Files.isDirectory(folder)) {
                throw new ModelFileException(folder, "writing", "a folder", "a file");
            }
            Files.createDirectories(folder);
            try (Stream<Path> files = Files.list(folder)) {
                List<String> names = files.map(file -> file.getFileName().toString()).sorted().toList();
                boolean ours = resuming && names.contains(JUDGMENTS)
                        && List.of(PAGE, MARKDOWN, JSON, JUDGMENTS).containsAll(names);
                if (!names.isEmpty() && !ours) {
                    throw new ModelFileException(
                            folder, "writing",
                            "an empty or new folder" + (resuming ? ", or one with judgments to go on with" : ""),
                            "one with " + names.getFirst());
                }
            }
        } catch (IOException e) {
            throw new ModelFileException(folder, "writing", "a folder to write to", e.toString(), e);
        }
        return new EvalFolder(folder);
    }

    Path judgments() {
        return Objects.requireNonNull(folder).resolve(JUDGMENTS);
    }

    void write(Report report) {
        if (folder != null) {
            AtomicFiles.write(folder.resolve(JSON), JsonReport.of(report));
            AtomicFiles.write(folder.resolve(MARKDOWN), MarkdownReport.of(report));
            AtomicFiles.write(folder.resolve(PAGE), HtmlReport.of(report));
        }
    }
}
