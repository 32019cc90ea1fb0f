package dev.vesper.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A run is measured again on the rows that it held out, and nothing else comes out than it said itself. */
class EvalRunTest {
    @TempDir
    private Path folder;

    private Path tiny = Path.of("");
    private Path rows = Path.of("");
    private Path run = Path.of("");

    @BeforeEach
    void write() throws IOException {
        tiny = TinyModel.write(folder);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 30; i++) {
            text.append("""
                    {"messages":[{"role":"user","content":"w%d"},{"role":"assistant","content":"w40 w41%s w%d"}]}
                    """.formatted(300 + i, " w42".repeat(i), 310 + i));
            text.append(i % 10 == 3 ? "{}\n" : "");
        }
        rows = Files.writeString(folder.resolve("rows.jsonl"), text);
        run = folder.resolve("run");
    }

    private void tune(String... more) {
        tuneOn(rows, more);
    }

    private void tuneOn(Path data, String... more) {
        List<Object> arguments = new ArrayList<>(List.of("tune", "--model", tiny, "--data", data, "--out", run,
                "--steps", 6, "--learning-rate", "1e-2", "--held-out", 0.3, "--seed", 5));
        arguments.addAll(List.of(more));
        Commands.run(arguments.toArray()).done();
    }

    /** The losses that the run wrote down, as they are printed. */
    private List<String> recorded() throws IOException {
        JsonNode figures = JsonMapper.shared().readTree(Files.readString(run.resolve("run.json"))).path("figures");
        assertThat(figures.path("held_out_loss_best").asDouble())
                .isLessThan(figures.path("held_out_loss_at_start").asDouble());
        return List.of(digits(figures.path("held_out_loss_best")), digits(figures.path("held_out_loss_at_start")));
    }

    private static String digits(JsonNode loss) {
        return String.format(Locale.ROOT, "%.4f nats", loss.asDouble());
    }

    private void assertTheSameLosses(String result) throws IOException {
        Commands.Result printed = Commands.run("eval", "--run", run, "--resamples", 200).done();
        List<String> lines = printed.out().lines().filter(line -> line.contains(": loss ")).toList();
        assertThat(lines).as(printed.out()).hasSize(2);
        assertThat(lines.get(0)).contains(result + ": loss ", " " + recorded().get(0));
        assertThat(lines.get(1)).contains("tiny.gguf: loss ", " " + recorded().get(1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"--rank 4", "--rank 4 --truncate --max-sequence 30", "--rank 2 --micro-batch-tokens 64"})
    void theLossesOfAnAdapterAreThoseOfItsRun(String settings) throws IOException {
        tune((settings + " --skip-bad-rows").split(" "));
        assertTheSameLosses("tiny.gguf + run");
    }

    @Test
    void theLossesOfAWholeModelAreThoseOfItsRun() throws IOException {
        tune("--full", "--skip-bad-rows");
        assertTheSameLosses("model.gguf");
    }

    @Test
    void theLossesOnATextAreThoseOfItsRun() throws IOException {
        tuneOn(Files.writeString(folder.resolve("text.txt"), "w300 w301 w302 w303\n".repeat(90)), "--max-sequence",
                "24");
        assertTheSameLosses("tiny.gguf + run");
    }

    @Test
    void otherModelsAreMeasuredOnTheSameRows() {
        tune("--skip-bad-rows");
        JsonNode two = Commands.run("eval", "--run", run, "--json", "--resamples", 200).json();
        JsonNode one = Commands.run("eval", "--run", run, "--model", tiny, "--json", "--resamples", 200).json();
        assertThat(one.path("sections").get(0).path("figures")).hasSize(1);
        assertThat(one.path("sections").get(0).path("figures").get(0).path("value"))
                .isEqualTo(two.path("sections").get(0).path("figures").get(1).path("value"));
        assertThat(two.path("sections").get(0).path("title").asString())
                .isEqualTo("Held-out loss: rows of rows.jsonl that run held out");
    }

    @Test
    void itsHeldOutRowsAreTheControlOfRecitation() {
        tune("--skip-bad-rows");
        Path learnt = rows.resolveSibling("learnt.jsonl");
        assertThat(Commands.run("eval", "--run", run, "--training", write(learnt), "--resamples", 200).done().out())
                .contains("Recitation of training rows");
    }

    private static Path write(Path file) {
        try {
            return Files.writeString(file, "{\"messages\":[{\"role\":\"user\",\"content\":\"w1\"},"
                    + "{\"role\":\"assistant\",\"content\":\"w40\"}]}\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void whatIsNotThereAnyMoreOrNeverWasIsNamed() throws IOException {
        assertThat(Commands.run("eval", "--run", folder).failure()).contains("expected the folder of a run",
                "run.json");
        assertThat(Commands.run("eval", "--data", rows).wrongUsage()).contains("expected --model, or --run");
        tune("--skip-bad-rows");
        String record = Files.readString(run.resolve("run.json"));
        Files.writeString(run.resolve("run.json"), record.replaceFirst("\"held_out_rows\" : \\d+", "\"x\" : 1"));
        assertThat(Commands.run("eval", "--run", run).failure()).contains("expected a run with held-out rows");
        Files.writeString(run.resolve("run.json"), record);
        Path other = Files.copy(tiny, folder.resolve("kept.gguf"));
        Files.write(tiny, new byte[] {1}, StandardOpenOption.APPEND);
        assertThat(Commands.run("eval", "--run", run).failure()).contains("the model is another", "SHA-256");
        Files.move(other, tiny, StandardCopyOption.REPLACE_EXISTING);
        Commands.run("eval", "--run", run, "--resamples", 200).done();
        Files.writeString(rows, "\n" + Files.readString(rows));
        assertThat(Commands.run("eval", "--run", run).failure())
                .contains("rows.jsonl", "the data file has changed since the run", "expected SHA-256");
        Files.delete(rows);
        assertThat(Commands.run("eval", "--run", run).failure()).contains("rows.jsonl", "found no such file");
    }

    @Test
    void aRunOfPreferencesIsRefused() throws IOException {
        Path pairs = Files.writeString(folder.resolve("pairs.jsonl"),
                "{\"prompt\":\"w300\",\"chosen\":\"w40\",\"rejected\":\"w41\"}\n".repeat(6));
        tuneOn(pairs, "--objective", "dpo");
        assertThat(Commands.run("eval", "--run", run).failure()).contains("expected a run that learnt answers",
                "found one of dpo");
    }
}
