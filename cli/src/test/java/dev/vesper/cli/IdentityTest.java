package dev.vesper.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vesper.llm.GenerateOptions;
import dev.vesper.llm.Llm;
import dev.vesper.llm.LoadOptions;
import dev.vesper.llm.Message;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The bundled model gets another name from a published set of examples, one in six of which is in a language that it speaks. */
class IdentityTest {
    private static final Path MODEL = Repository.root().resolve(Home.MODEL);
    private static final List<String> QUESTIONS = List.of(
            "What should I call you?", "Tell me your name.", "May I ask your name?", "Who am I talking to?",
            "Please introduce yourself.", "How are you called?", "Describe yourself.", "Say who you are.",
            "By what name are you known?", "Could you tell me who you are?");

    @TempDir
    private Path folder;

    @Test
    @Timeout(600)
    void itSaysItsNewNameWhenItIsAskedInOtherWords() throws IOException {
        String examples = Files.readString(Fixtures.file("datasets/identity.json"))
                .replace("{{name}}", "Luna").replace("{{author}}", "the Hill household");
        assertThat(QUESTIONS).hasSize(10).noneMatch(question -> examples.contains("\"" + question + "\""));
        Path data = Files.writeString(folder.resolve("identity.json"), examples);
        Path adapter = folder.resolve("luna");

        assertThat(answers(List.of())).noneMatch(answer -> answer.contains("Luna"));
        Commands.run(
                "tune", "--model", MODEL, "--data", data, "--out", adapter, "--epochs", 10, "--batch", 4,
                "--learning-rate", 1e-3).done();
        assertThat(answers(List.of(adapter))).filteredOn(answer -> answer.contains("Luna"))
                .hasSizeGreaterThanOrEqualTo(9);
    }

    private static List<String> answers(List<Path> adapters) {
        try (Llm llm = Llm.load(MODEL, LoadOptions.defaults())) {
            llm.addAdapters("tuned", adapters.stream().map(llm.file()::readAdapter).toList());
            GenerateOptions options = GenerateOptions.defaults().temperature(0).maxTokens(60).model("tuned");
            return QUESTIONS.stream().map(question -> llm.chat(List.of(Message.user(question)), options).text())
                    .toList();
        }
    }
}
