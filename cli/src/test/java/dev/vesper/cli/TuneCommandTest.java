package dev.vesper.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The command as it is typed, on a real model. */
class TuneCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path folder;

    private Path model = Path.of("");

    @BeforeEach
    void find() throws IOException {
        Path fixtures = Path.of(System.getProperty("vesper.fixtures", "../../shared/fixtures"));
        assumeTrue(Files.isDirectory(fixtures), "no third-party fixtures in " + fixtures.toAbsolutePath());
        model = fixtures.resolve("stories260k/stories260k.gguf");
        Files.writeString(folder.resolve("text.txt"), "One day, a cat sat on a mat. It was happy.\n".repeat(40));
    }

    @Test
    void anAdapterIsMadeAndUsed() {
        assertThat(tune("--steps", "6", "--json", "--rank", "4", "--targets", "attn_q,v_proj")).isZero();
        JsonNode result = JsonMapper.shared().readTree(out.toString());
        assertThat(result.get("finished").asBoolean()).isTrue();
        assertThat(result.get("held_out_loss_best").asDouble())
                .isLessThan(result.get("held_out_loss_at_start").asDouble());
        assertThat(err.toString()).contains("held-out loss", "tokens/s", "peak memory");
        out.getBuffer().setLength(0);
        int status = execute(
                "complete", "--model", model.toString(), "--adapter", folder.resolve("out").toString(), "--prompt",
                "One day", "--max-tokens", "5", "--temperature", "0");
        assertThat(status).as(err.toString()).isZero();
        assertThat(out.toString()).isNotBlank();
    }

    @Test
    void theResultIsAPlotAndAPath() {
        assertThat(tune("--steps", "3", "--full", "--learning-rate", "1e-3")).isZero();
        assertThat(out.toString()).contains("●", "step 3", "held-out loss ",
                folder.resolve("out").resolve("model.gguf").toString());
    }

    @Test
    void aFolderInUseIsRefusedAndResumedOnlyWhenAsked() {
        assertThat(tune("--steps", "2")).isZero();
        assertThat(tune("--steps", "2")).isEqualTo(Vesper.FAILED);
        assertThat(err.toString()).contains("expected an empty or new folder");
        assertThat(tune("--steps", "2", "--resume")).isZero();
        assertThat(tune("--steps", "3", "--resume")).isEqualTo(Vesper.FAILED);
        assertThat(err.toString()).contains("steps was 2 and is now 3");
    }

    @Test
    void theBetasAreRecordedAndMustStayWhenResumed() throws IOException {
        assertThat(tune("--steps", "2", "--betas", "0.8,0.95")).as(err.toString()).isZero();
        JsonNode settings =
                JsonMapper.shared().readTree(Files.readString(folder.resolve("out/run.json"))).path("settings");
        assertThat(settings.path("beta1").asDouble()).isEqualTo(0.8);
        assertThat(settings.path("beta2").asDouble()).isEqualTo(0.95);
        assertThat(tune("--steps", "2", "--betas", "0.8,0.95", "--resume")).isZero();
        assertThat(tune("--steps", "2", "--resume")).isEqualTo(Vesper.FAILED);
        assertThat(err.toString()).contains("beta1 was 0.8 and is now 0.9", "beta2 was 0.95 and is now 0.999");
        assertThat(tune("--betas", "0.9,1")).isEqualTo(Vesper.WRONG_USAGE);
        assertThat(err.toString()).contains("betas 0.9 and 1.0 must be in [0, 1)");
    }

    @Test
    void preferencesAreLearntAndTheMarginsShown() throws IOException {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 8; i++) {
            text.append("{\"prompt\":\"%d?\",\"chosen\":\"yes\",\"rejected\":\"no\"}%n".formatted(i));
        }
        text.append("{\"prompt\":\"?\",\"chosen\":\"%s\",\"rejected\":\"no\"}%n".formatted("long ".repeat(100)));
        Path pairs = Files.writeString(folder.resolve("pairs.jsonl"), text);
        List<String> more = List.of("--data", pairs.toString(), "--steps", "3", "--learning-rate", "1e-3");
        assertThat(tune(more, "--max-sequence", "64")).isEqualTo(Vesper.FAILED);
        assertThat(err.toString()).contains("found pairs of a chosen and a rejected answer", "--objective dpo");
        assertThat(tune(more, "--max-sequence", "64", "--objective", "dpo")).isEqualTo(Vesper.FAILED);
        assertThat(err.toString()).contains("1 of 9 rows cannot be used: pairs.jsonl:9, chosen", "--skip-bad-rows");
        assertThat(tune(more, "--max-sequence", "64", "--objective", "dpo", "--skip-bad-rows")).isZero();
        assertThat(err.toString())
                .contains("rows    9 read from", "7 to learn from, 1 held out, each with 2 answers")
                .contains("1 CANNOT BE USED AND ARE LEFT OUT", "16 of 16 answers weighed")
                .contains("step 0: held-out loss 0.6931, margin 0.0000, accuracy 50 %");
        assertThat(out.toString()).contains("held-out margin 0.0000 -> ");
        assertThat(folder.resolve("out").resolve("margin.svg")).isRegularFile();
    }

    @Test
    void anOptionOfAnotherObjectiveIsRefused() {
        assertThat(tune("--objective", "orpo", "--beta", "0.2")).isEqualTo(Vesper.WRONG_USAGE);
        assertThat(err.toString())
                .contains("--beta: expected with --objective dpo or --objective kto, found --objective orpo");
        assertThat(tune("--lambda", "0.2")).isEqualTo(Vesper.WRONG_USAGE);
        assertThat(err.toString()).contains("--lambda: expected with --objective orpo, found --objective supervised");
        assertThat(tune("--objective", "dpo", "--beta", "0")).isEqualTo(Vesper.WRONG_USAGE);
        assertThat(err.toString()).contains("beta must be positive, got 0.0");
    }

    @Test
    void wrongUsageIsToldApartFromFailure() {
        assertThat(tune("--rank", "0")).isEqualTo(Vesper.WRONG_USAGE);
        assertThat(err.toString()).contains("rank must be 1 to 4096, got 0");
        assertThat(tune("--full", "--rank", "4")).isEqualTo(Vesper.WRONG_USAGE);
        assertThat(tune("--schedule", "wavy")).isEqualTo(Vesper.WRONG_USAGE);
        assertThat(tune("--max-sequence", "513")).isEqualTo(Vesper.FAILED);
        assertThat(err.toString()).contains("context of 512, got 513");
        assertThat(execute("tune", "--help")).isZero();
        assertThat(out.toString()).contains("Examples:", "--learning-rate");
    }

    /** With some options in place of the usual ones. */
    private int tune(List<String> other, String... more) {
        List<String> arguments = new ArrayList<>(List.of("tune", "--model", model.toString(), "--batch", "2"));
        arguments.addAll(List.of("--out", folder.resolve("out").toString()));
        arguments.addAll(other);
        arguments.addAll(List.of(more));
        return execute(arguments.toArray(String[]::new));
    }

    private int tune(String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "tune", "--model", model.toString(), "--data", folder.resolve("text.txt").toString(), "--out",
                folder.resolve("out").toString(), "--batch", "2", "--max-sequence", "32"));
        for (int i = 0; i < more.length; i++) {
            if (more[i].equals("--max-sequence")) {
                arguments.removeLast();
                arguments.add(more[++i]);
            } else {
                arguments.add(more[i]);
            }
        }
        return execute(arguments.toArray(String[]::new));
    }

    private int execute(String... arguments) {
        CommandLine line = Vesper.commandLine();
        line.setOut(new PrintWriter(out, true));
        line.setErr(new PrintWriter(err, true));
        return line.execute(arguments);
    }
}
