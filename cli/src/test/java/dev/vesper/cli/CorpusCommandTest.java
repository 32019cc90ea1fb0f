package dev.vesper.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vesper.data.corpus.Probes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The command corpus. */
class CorpusCommandTest {
    @TempDir
    private Path folder;

    @Test
    void writesConversationsAndQuestions() throws IOException {
        Path out = folder.resolve("c.jsonl");
        Path questions = folder.resolve("q.jsonl");
        Commands.Result result = Commands.run(
                "corpus", "--out", out, "--rows", 50, "--seed", 3, "--held-out", questions, "--held-out-rows", 20)
                .done();
        assertThat(result.out()).contains("c.jsonl: 50 rows").contains("q.jsonl: 20 rows");
        assertThat(Files.readAllLines(out)).hasSize(50).allSatisfy(line -> {
            JsonNode row = JsonMapper.shared().readTree(line);
            assertThat(row.propertyNames()).containsExactly("messages");
            assertThat(row.path("messages").get(row.path("messages").size() - 1).path("role").stringValue())
                    .isEqualTo("assistant");
        });
        assertThat(Probes.read(questions)).hasSize(20);
    }

    @Test
    void theSameSeedGivesTheSameBytes() throws IOException {
        for (String name : new String[] {"a", "b"}) {
            Commands.run("corpus", "--out", folder.resolve(name), "--rows", 30, "--seed", 9).done();
        }
        Commands.run("corpus", "--out", folder.resolve("c"), "--rows", 30, "--seed", 10).done();
        assertThat(folder.resolve("a")).hasSameBinaryContentAs(folder.resolve("b"));
        assertThat(Files.readString(folder.resolve("c"))).isNotEqualTo(Files.readString(folder.resolve("a")));
    }

    @Test
    void aModelIsMarkedByKind() throws IOException {
        Path model = TinyModel.write(folder);
        Path questions = Files.writeString(folder.resolve("q.jsonl"), """
                {"kind": "name", "messages": [{"role": "user", "content": "w300"}], "accepted": ["no such answer"]}
                {"kind": "sum", "messages": [{"role": "user", "content": "w301"}], "accepted": ["no such answer either"]}
                """);
        Commands.Result result =
                Commands.run("corpus", "--check", model, "--held-out", questions, "--wrong", 1).done();
        assertThat(result.out()).containsPattern("name +0 of +1 +0.0 %").containsPattern("all +0 of +2 +0.0 %")
                .contains("wrong: name").contains("expected: no such answer").doesNotContain("wrong: sum");
        JsonNode json = Commands.run("corpus", "--check", model, "--held-out", questions, "--json").json();
        assertThat(json.path("questions").intValue()).isEqualTo(2);
        assertThat(json.path("kinds").size()).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|', value = {
                "--out c.jsonl|--rows=N", "--rows 5|--out=FILE", "--check m.gguf|--held-out",
                "--check m --rows 5 --held-out q|--rows",
                "--out c.jsonl --rows 0|--rows: expected 1 or more, found 0",
                "--out c --rows 5 --held-out q --held-out-rows -1|-1",
            })
    void whatDoesNotGoTogetherIsWrongUsage(String arguments, String named) {
        Object[] all = ("corpus " + arguments).split(" ");
        assertThat(Commands.run(all).wrongUsage()).contains(named);
    }

    @Test
    void nothingIsReplacedUnlessForced() throws IOException {
        Path out = Files.writeString(folder.resolve("c.jsonl"), "mine");
        assertThat(Commands.run("corpus", "--out", out, "--rows", 5).failure()).contains("is there already")
                .contains("--force");
        assertThat(out).hasContent("mine");
        Commands.run("corpus", "--out", out, "--rows", 5, "--force").done();
        assertThat(Files.readAllLines(out)).hasSize(5);
        assertThat(Commands.run("corpus", "--out", out, "--rows", 5, "--held-out", out, "--force").failure())
                .contains("both --out and --held-out");
    }
}
