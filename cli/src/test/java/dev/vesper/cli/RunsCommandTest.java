package dev.vesper.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What was trained is listed, shown and compared. */
class RunsCommandTest {
    @TempDir
    private static Path folder;

    private static Path runs = Path.of("");

    @BeforeAll
    static void train() throws IOException {
        Path model = TinyModel.write(folder);
        Path text = Files.writeString(folder.resolve("text.txt"), "w300 w301 w302 w303\n".repeat(60));
        runs = Files.createDirectory(folder.resolve("runs"));
        for (int rank : new int[] {2, 4}) {
            Commands.run("tune", "--model", model, "--data", text, "--out", runs.resolve("rank" + rank), "--steps",
                    2 * rank, "--rank", rank, "--max-sequence", 32, "--batch", 2, "--learning-rate", 0.01, "--sample",
                    "w300").done();
        }
    }

    @Test
    void theListHasALineForEach() {
        String out = Commands.run("runs", runs).done().out();
        assertThat(out.lines()).hasSize(3);
        assertThat(out.lines().toList().get(1)).contains("rank2", ".gguf", "text.txt", "4 of 4", " -> ", "finished");
        JsonNode json = Commands.run("runs", runs.resolve("rank4"), "--json").json();
        assertThat(json.path("runs")).hasSize(1);
        assertThat(json.path("runs").get(0).path("total_steps").asInt()).isEqualTo(8);
        assertThat(json.path("runs").get(0).path("held_out_loss_best").asDouble()).isPositive();
        assertThat(Commands.run("runs", folder.resolve("runs/rank2/..")).done().out()).contains("rank2", "rank4");
    }

    @Test
    void aRunIsShownWithItsSettingsAndSamples() {
        String out = Commands.run("runs", "show", runs.resolve("rank2")).done().out();
        assertThat(out).startsWith("# rank2").contains("- **status**: finished", "| rank | 2 |", "## Samples",
                "- after step 0:", "- after step 4:", "held-out loss");
        assertThat(Commands.run("runs", "show", runs.resolve("rank2"), "--json").json().path("settings").path("rank")
                .asInt()).isEqualTo(2);
    }

    @Test
    void aRunWhoseProcessIsGoneIsInterrupted() throws IOException {
        Path killed = Files.createDirectories(folder.resolve("killed/one"));
        String record = Files.readString(runs.resolve("rank2/run.json"));
        Files.writeString(killed.resolve("run.json"), record.replaceFirst("\"status\" : \"finished\"",
                "\"status\" : \"running\", \"process\" : {\"pid\" : 9223372036854775807, \"started\" : \"\"}"));
        assertThat(Commands.run("runs", killed).done().out())
                .contains("interrupted (resume with the same command and --resume)");
        assertThat(Commands.run("runs", killed, "--json").json().path("runs").get(0).path("status").asString())
                .isEqualTo("interrupted");
        assertThat(Commands.run("runs", "show", killed).done().out())
                .contains("- **status**: interrupted (resume with the same command and --resume)");
        assertThat(Commands.run("runs", "show", killed, "--json").json().path("status").asString())
                .isEqualTo("interrupted");
    }

    @Test
    void twoRunsAreComparedInWhatDiffers() {
        String out = Commands.run("runs", "compare", runs.resolve("rank2"), runs.resolve("rank4")).done().out();
        assertThat(out).containsPattern("rank +2 +4").containsPattern("steps +4 +8").contains("held-out loss", "best")
                .doesNotContain("weight_decay");
        JsonNode json =
                Commands.run("runs", "compare", runs.resolve("rank2"), runs.resolve("rank4"), "--json").json();
        assertThat(json.path("held_out").size()).isGreaterThan(3);
        assertThat(Commands.run("runs", "compare", runs.resolve("rank2"), runs.resolve("rank2")).done().out())
                .contains("all settings are the same");
    }

    @Test
    void thePageHasThePlotTheSamplesAndTheSettings() throws IOException {
        String html = Files.readString(runs.resolve("rank2/report.html"));
        assertThat(html).contains("<svg", "<h2>Samples</h2>", "step 4", "learning_rate", "w300")
                .doesNotContain("<script");
        assertThat(Files.readString(runs.resolve("rank2/report.md"))).contains("![loss](loss.svg)");
    }

    @Test
    void whatIsNoRunIsNamed() throws IOException {
        Path empty = Files.createDirectories(folder.resolve("empty"));
        assertThat(Commands.run("runs", empty).done().out()).contains("no runs in");
        assertThat(Commands.run("runs", "show", empty).failure()).contains("expected the folder of a run");
        Files.writeString(Files.createDirectories(folder.resolve("broken/one")).resolve("run.json"), "{");
        assertThat(Commands.run("runs", folder.resolve("broken")).failure()).contains("run.json");
        assertThat(Commands.run("runs", "compare", runs.resolve("rank2")).wrongUsage()).contains("'B'");
    }
}
