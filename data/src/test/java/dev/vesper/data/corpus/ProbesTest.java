package dev.vesper.data.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vesper.data.DataException;
import dev.vesper.llm.Message;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files of questions with their answers. */
class ProbesTest {
    @TempDir
    private Path folder;

    @Test
    void aQuestionIsReadWithItsAnswers() throws IOException {
        Path file = Files.writeString(folder.resolve("q.jsonl"), """
                {"kind": "name", "messages": [{"role": "user", "content": "Who?"}], "accepted": ["Me.", "I."]}
                """);
        assertThat(Probes.read(file)).singleElement().satisfies(probe -> {
            assertThat(probe.kind()).isEqualTo("name");
            assertThat(probe.messages()).containsExactly(Message.user("Who?"));
            assertThat(probe.accepted()).containsExactly("Me.", "I.");
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|', value = {
                "{\"kind\": \"a\"|a JSON object",
                "{\"kind\": \"a\", \"messages\": [], \"accepted\": [\"x\"]}|none of them empty",
                "{\"kind\": \"a\", \"messages\": [{\"role\": \"user\"}], \"accepted\": [\"x\"]}|a content of text",
                "{\"kind\": \"a\", \"messages\": [{\"role\": \"assistant\", \"content\": \"y\"}], \"accepted\": [\"x\"]}|one of the user",
                "{\"kind\": \"a\", \"messages\": [{\"role\": \"user\", \"content\": \"y\"}], \"accepted\": [1]}|answers of text",
            })
    void whatIsWrongIsNamedWithItsLine(String line, String expected) throws IOException {
        Path file = Files.writeString(
                folder.resolve("q.jsonl"),
                "{\"kind\": \"a\", \"messages\": [{\"role\": \"user\", \"content\": \"y\"}], \"accepted\": [\"x\"]}\n"
                        + line
                        + "\n");
        assertThatThrownBy(() -> Probes.read(file)).isInstanceOf(DataException.class)
                .hasMessageContaining("q.jsonl:2").hasMessageContaining(expected);
    }

    @Test
    void aMissingFileIsNamed() {
        assertThatThrownBy(() -> Probes.read(folder.resolve("none.jsonl"))).isInstanceOf(DataException.class)
                .hasMessageContaining("none.jsonl").hasMessageContaining("no such file");
    }
}
