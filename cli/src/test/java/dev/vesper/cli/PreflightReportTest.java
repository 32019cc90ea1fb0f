package dev.vesper.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vesper.data.DataFormat;
import dev.vesper.data.RowOptions;
import dev.vesper.train.AdamWOptions;
import dev.vesper.train.CheckpointPace;
import dev.vesper.train.Method;
import dev.vesper.train.Preflight;
import dev.vesper.train.Schedule;
import dev.vesper.train.ScheduleOptions;
import dev.vesper.train.StepOptions;
import dev.vesper.train.TrainOptions;
import dev.vesper.train.TuneRequest;
import dev.vesper.train.Tuner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a run says before its first step: everything has its number, and each number its basis. */
class PreflightReportTest {
    private static final String ROW =
            "{\"messages\":[{\"role\":\"user\",\"content\":\"w300\"},{\"role\":\"assistant\",\"content\":\"w40 w41\"}]}\n";
    private static final String GREEN = "\033[1;32m";
    private static final String FAINT = "\033[2m";

    @TempDir
    private static Path folder;

    @SuppressWarnings("NullAway.Init") // set before the first test
    private static Preflight preflight;

    @BeforeAll
    static void look() throws IOException {
        String tooLong = ROW.replace("w40", "w40 ".repeat(100));
        Path data = Files.writeString(folder.resolve("rows.jsonl"), ROW.repeat(9) + "{}\n" + tooLong);
        preflight = Tuner.preflight(new TuneRequest(
                TinyModel.write(folder), data, DataFormat.CHAT, folder.resolve("out"),
                new TrainOptions(
                        new Method.Lora(4, 8, Method.Lora.ALL), new RowOptions(200, true, 0.2, true),
                        new StepOptions(2, 0, 4, 256, 0), new ScheduleOptions(Schedule.Kind.COSINE, 1e-3, 0),
                        AdamWOptions.defaults(), 1, 1),
                CheckpointPace.defaults(), "auto", 1, false));
    }

    @Test
    void rowsAreCountedAndThoseLeftOutAreNamed() {
        assertThat(PreflightReport.of(preflight, false))
                .contains("rows    11 read from " + folder.resolve("rows.jsonl"), "2 held out")
                .contains("1 CANNOT BE USED AND ARE LEFT OUT (--skip-bad-rows):", "rows.jsonl:10: expected ")
                .contains("1 truncated")
                .containsPattern("tokens  [\\d,]+ in an epoch, of which [\\d,]+ are learnt \\(\\d+\\.\\d %\\)");
    }

    @Test
    void whatIsLearntIsMarkedByColourOnATerminalAndByBracketsElsewhere() {
        String plain = PreflightReport.of(preflight, false);
        assertThat(plain).contains("what is learnt is [[like this]]").containsPattern("\\[\\[[^\\]]*w40 ?w41")
                .doesNotContain("\033", "[[w300");
        String coloured = PreflightReport.of(preflight, true);
        assertThat(coloured).doesNotContain("[[").containsPattern("\\Q" + GREEN + "\\E[^\\033]*w40 ?w41")
                .containsPattern("\\Q" + FAINT + "\\E[^\\033]*w300");
    }

    @Test
    void memoryAndTimeHaveTheirBasis() {
        String report = PreflightReport.of(preflight, false);
        List<String> memory = report.lines().dropWhile(line -> !line.startsWith("memory")).skip(1)
                .takeWhile(line -> !line.startsWith("time")).toList();
        assertThat(memory).hasSize(preflight.memory().parts().size())
                .allMatch(line -> line.matches(" +[\\d.]+ (bytes|KiB|MiB|GiB)  [^:]+: .+"));
        assertThat(report).containsPattern("memory  \\S+ \\S+ of \\S+ \\S+ that there are, in Java's heap \\S+ ")
                .containsPattern("time    about \\d+ s for 4 steps over [\\d,]+ tokens and \\d+ measurements, at ")
                .containsPattern("measured on \\d+ passes over [\\d,]+ tokens: [\\d.]+ ms a token forward");
    }

    @Test
    void nothingOfADataFileSteersTheTerminal() throws IOException {
        Path data = Files.writeString(folder.resolve("steers.txt"), "\033[2J\007 w300 w301 ".repeat(60));
        Commands.Result result = Commands.run("tune", "--model", folder.resolve("tiny.gguf"), "--data", data, "--out",
                folder.resolve("none"), "--dry-run", "--max-sequence", 64).done();
        assertThat(result.out()).contains("w300").doesNotContain("\033", "\007");
        assertThat(folder.resolve("none")).doesNotExist();
    }
}
