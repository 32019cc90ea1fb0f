package dev.vesper.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vesper.data.corpus.Corpus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The command as it is typed, on a corpus of the project's own. */
class TrainCommandTest {
    private static final int ROWS = 200;

    @TempDir
    private Path folder;

    private Path data = Path.of("");

    @BeforeEach
    void write() throws IOException {
        Corpus corpus = Corpus.of(3);
        StringBuilder rows = new StringBuilder();
        for (int i = 0; i < ROWS; i++) {
            rows.append(Json.of(corpus.conversation(i))).append('\n');
        }
        data = Files.writeString(folder.resolve("corpus.jsonl"), rows);
    }

    private Commands.Result train(String out, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "train", "--data", data.toString(), "--out", folder.resolve(out).toString(), "--name", "seedling",
                "--vocabulary", "500", "--dim", "32", "--layers", "2", "--heads", "2", "--kv-heads", "1",
                "--feed-forward", "64", "--context", "512", "--steps", "12", "--batch-tokens", "512",
                "--held-out", "0.05"));
        arguments.addAll(List.of(more));
        return Commands.run(arguments.toArray());
    }

    @Test
    void theSameCommandGivesTheSameModelOnAnyNumberOfThreads() throws IOException {
        JsonNode result = JsonMapper.shared().readTree(train("one", "--json", "--threads", "1").done().out());
        assertThat(result.get("held_out_loss_best").asDouble())
                .isLessThan(result.get("held_out_loss_at_start").asDouble() - 0.3);
        assertThat(result.get("held_out_loss_written").asDouble())
                .isNotEqualTo(result.get("held_out_loss_best").asDouble())
                .isBetween(
                        0.98 * result.get("held_out_loss_best").asDouble(),
                        1.02 * result.get("held_out_loss_best").asDouble());
        train("two", "--threads", "2").done();
        assertThat(folder.resolve("two/model.gguf")).hasSameBinaryContentAs(folder.resolve("one/model.gguf"));
    }

    @Test
    void theModelAnswersInItsFormat() {
        Commands.Result trained = train("out", "--format", "Q4_0").done();
        assertThat(trained.out()).contains("written as Q4_0 and read back", "model.gguf");
        assertThat(Commands.run("eval", "--run", folder.resolve("out")).failure())
                .contains("found no run.json; there is one in " + folder.resolve("out/run"));
        assertThat(trained.err()).contains("a vocabulary of 500 tokens", "tokens/s");
        String model = folder.resolve("out/model.gguf").toString();
        assertThat(Commands.run("inspect", model).done().out()).contains("seedling", "Q4_0");
        assertThat(Commands.run("chat", "--model", model, "--prompt", "Hello!", "--max-tokens", "3").done().code())
                .isZero();
    }

    @Test
    void whatItsErrorsAdviseIsThere() throws IOException {
        train("whole").done();
        JsonNode low = JsonMapper.shared()
                .readTree(train("low", "--low-memory", "--sample", "Hello!", "--json").done().out());
        assertThat(folder.resolve("low/model.gguf")).hasSameBinaryContentAs(folder.resolve("whole/model.gguf"));
        assertThat(low.get("steps").asInt()).isEqualTo(12);
        assertThat(folder.resolve("low/run/samples.json")).content().contains("Hello!");
        assertThat(folder.resolve("low/run/run.json")).content().contains("\"low_memory\" : true");
        assertThat(train("short", "--max-sequence", "24").failure()).contains("--max-sequence", "--truncate",
                "at most 24 tokens", "--skip-bad-rows");
        train("short-2", "--max-sequence", "24", "--truncate").done();
        assertThat(folder.resolve("short-2/run/run.json")).content().contains("\"max_sequence\" : 24");
        assertThat(train("late", "--patience", "1", "--learning-rate", "1e-9", "--evaluate-every", "1").done().err())
                .isNotEmpty();
        assertThat(folder.resolve("late/run/run.json")).content().contains("\"patience\" : 1");
    }

    @Test
    void badRowsAreLeftOutWhenAskedFor() throws IOException {
        train("good").done();
        Files.writeString(data, "{}\n" + Files.readString(data) + "[1]\n");
        assertThat(train("bad").failure()).contains("2 of 202 rows cannot be used", "corpus.jsonl:1",
                "--skip-bad-rows");
        Commands.Result skipped = train("skipped", "--skip-bad-rows").done();
        assertThat(skipped.err()).contains("2 CANNOT BE USED AND ARE LEFT OUT", "corpus.jsonl:202");
        assertThat(folder.resolve("skipped/run/model.gguf")).exists();
        assertThat(folder.resolve("skipped/run/run.json")).content().contains("\"rows_refused\" : 2");
    }

    @Test
    void aDryRunSaysWhatItWouldTakeAndLeavesNothing() throws IOException {
        assertThat(train("dry", "--dry-run").done().out()).contains("rows", "200 read", "memory", "time", "12 steps");
        assertThat(folder.resolve("dry")).doesNotExist();
        JsonNode json = JsonMapper.shared().readTree(train("dry", "--dry-run", "--json").done().out());
        assertThat(json.get("steps").asInt()).isEqualTo(12);
        assertThat(json.get("memory").asLong()).isPositive();
    }

    @Test
    void wrongSettingsAreRefusedByName() {
        String out = folder.resolve("out").toString();
        assertThat(Commands.run("train", "--data", data, "--out", out, "--heads", "3").wrongUsage())
                .contains("dim 256", "heads, 3");
        assertThat(Commands.run("train", "--data", data, "--out", out, "--betas", "0.9").wrongUsage())
                .contains("--betas", "expected two numbers", "\"0.9\"");
        assertThat(Commands.run("train", "--data", data, "--out", out, "--format", "Q9").failure()).contains("Q9");
        assertThat(Commands.run("train", "--data", data, "--out", out, "--vocabulary", "100").failure())
                .contains("at least", "got 100");
    }
}
