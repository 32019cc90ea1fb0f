package dev.vesper.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vesper.data.corpus.Probe;
import dev.vesper.data.corpus.Probes;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The demonstration, with the bundled model and the examples of the repository. */
class DemoCommandTest {
    private static final Path MODEL = Repository.root().resolve(Home.MODEL);
    private static final Path PERSONA = Repository.root().resolve("examples/persona.jsonl");

    @TempDir
    private Path folder;

    /** The time is several times what it takes: other tests may run beside it. */
    @Test
    @Timeout(600)
    void aModelBecomesSomebodyAndForgetsLittle() throws IOException {
        Path out = folder.resolve("my demo");
        Commands.Result result = Commands.run("demo", "--model", MODEL, "--data", PERSONA, "--out", out).done();

        JsonNode report = JsonMapper.shared().readTree(out.resolve("demo.json"));
        JsonNode persona = report.path("persona");
        assertThat(persona.path("questions").intValue()).isGreaterThanOrEqualTo(40);
        assertThat(persona.path("percent_before").doubleValue()).isLessThan(10);
        assertThat(persona.path("percent_after").doubleValue()).isGreaterThanOrEqualTo(90);
        JsonNode general = report.path("general");
        assertThat(general.path("questions").intValue()).isGreaterThanOrEqualTo(200);
        assertThat(general.path("percent_after").doubleValue())
                .isGreaterThanOrEqualTo(general.path("percent_before").doubleValue() - 2);
        assertThat(report.path("held_out_loss_after").doubleValue())
                .isLessThan(report.path("held_out_loss_before").doubleValue() / 2);

        assertThat(result.out()).contains("Who are you?", "Vesper mini", "Otto", "before", "after")
                .contains("chat --model", "serve --model", "'otto=" + out.resolve("adapter") + "'");
        assertThat(out.resolve("adapter/adapter_model.safetensors")).isRegularFile();
        assertThat(Commands.run(
                "chat", "--model", MODEL, "--adapter", out.resolve("adapter"), "--temperature", 0, "--prompt",
                "What's your name?")
                .done().out()).contains("Otto");
    }

    @Test
    void noQuestionStandsAmongTheExamples() throws IOException {
        Set<String> learnt = Files.readAllLines(PERSONA).stream()
                .flatMap(line -> JsonMapper.shared().readTree(line).path("messages").valueStream())
                .map(message -> bare(message.path("content").stringValue()))
                .collect(Collectors.toSet());
        List<Probe> asked = questions();
        assertThat(asked).hasSizeGreaterThanOrEqualTo(40);
        assertThat(asked).noneMatch(probe -> learnt.contains(bare(probe.messages().getLast().content())));
        assertThat(Files.readAllLines(PERSONA)).hasSizeBetween(50, 70);
    }

    private static String bare(String text) {
        return text.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", " ").strip();
    }

    private static List<Probe> questions() throws IOException {
        try (InputStream in = Objects.requireNonNull(Demo.class.getResourceAsStream("demo-questions.jsonl"))) {
            return Probes.parse("demo-questions.jsonl", new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    @Test
    void aFolderWithFilesIsNotTouched() throws IOException {
        Path mine = Files.writeString(folder.resolve("mine.txt"), "mine");
        Path model = TinyModel.write(Files.createDirectory(folder.resolve("model")));
        assertThat(Commands.run("demo", "--model", model, "--data", PERSONA, "--out", folder).failure())
                .contains(folder.toString()).contains("a new or empty folder");
        assertThat(mine).hasContent("mine");
        assertThat(new ArrayList<>(List.of(Objects.requireNonNull(folder.toFile().list())))).hasSize(2);
    }

    @Test
    void missingExamplesAreNamed() {
        Path model = TinyModel.write(folder);
        assertThat(Commands
                .run("demo", "--model", model, "--data", folder.resolve("none.jsonl"), "--out", folder.resolve("x"))
                .failure()).contains("none.jsonl").contains("no such file");
        assertThat(folder.resolve("x")).doesNotExist();
    }
}
