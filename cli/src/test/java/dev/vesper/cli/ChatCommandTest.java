package dev.vesper.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vesper.llm.GenerateOptions;
import dev.vesper.llm.Llm;
import dev.vesper.llm.Message;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jline.terminal.impl.DumbTerminal;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ChatCommandTest {
    @TempDir
    private static Path folder;

    private static Path tiny = Path.of("");

    @BeforeAll
    static void write() {
        tiny = TinyModel.write(folder);
    }

    @Test
    void aPromptGetsOneReply() {
        Commands.Result result = Commands.run(
                "chat", "--model", tiny, "--prompt", "w300", "--temperature", 0, "--max-tokens", 5, "--ignore-end")
                .done();
        try (Llm llm = Llm.load(tiny)) {
            GenerateOptions options = GenerateOptions.defaults().temperature(0).maxTokens(5).endTokens(false);
            String text = llm.chat(List.of(Message.user("w300")), options).text();
            assertThat(result.out()).isEqualTo(text + System.lineSeparator()).isNotBlank();
        }
        assertThat(result.err().lines()).satisfiesExactly(
                line -> assertThat(line).endsWith("tiny.gguf has no chat template; the template \"plain\" is used"),
                line -> assertThat(line).isEqualTo("vesper: the reply was ended after 5 tokens (--max-tokens)"));
    }

    @Test
    void instructionsAreHeard() {
        Object[] asked = {"chat", "--model", tiny, "--prompt", "w300", "--temperature", 0, "--max-tokens", 5};
        Object[] instructed = {"chat", "--model", tiny, "--prompt", "w300", "--temperature", 0, "--max-tokens", 5,
            "--system", "w400 w401"};
        assertThat(Commands.run(instructed).done().out()).isNotEqualTo(Commands.run(asked).done().out());
    }

    @Test
    void withoutATerminalStdinIsThePrompt() throws Exception {
        ProcessBuilder chat = Commands.process("chat", "--model", tiny, "--temperature", 0, "--max-tokens", 5);
        Commands.Result result = Commands.finish(chat, "w300 é\n").done();
        Commands.Result same = Commands.run(
                "chat", "--model", tiny, "--prompt", "w300 é\n", "--temperature", 0, "--max-tokens", 5).done();
        assertThat(result.out()).isEqualTo(same.out());
        assertThat(Commands.finish(chat, " \n").failure()).isEqualTo("vesper: nothing to answer: the prompt is empty");
    }

    @Test
    void aConversationIsSavedAsARowThatTuneReads() throws IOException {
        Path file = folder.resolve("chat.jsonl");
        String screen = talk("w300 w301", "w302 \\", "w303", "/save " + file, "/exit");
        assertThat(screen).contains("> ", "of 2048 tokens of context used", "Saved to " + file);
        String row = Files.readString(file);
        assertThat(row.lines()).hasSize(1);
        JsonNode messages = JsonMapper.shared().readTree(row).get("messages");
        assertThat(messages.valueStream().map(message -> message.get("role").asString()))
                .containsExactly("system", "user", "assistant", "user", "assistant");
        assertThat(messages.get(3).get("content").asString()).isEqualTo("w302 \nw303");
        assertThat(screen)
                .contains(messages.get(2).get("content").asString().lines().findFirst().orElseThrow().strip());
        Files.writeString(file, row.repeat(4));
        Commands.run(
                "tune", "--model", tiny, "--data", file, "--out", folder.resolve("adapter"), "--steps", 1, "--rank", 2,
                "--batch", 1, "--max-sequence", 512, "--json").done();
    }

    @Test
    void theSlashCommands() throws IOException {
        Path file = folder.resolve("reset.jsonl");
        String screen = talk(
                "/help", "/save " + file, "/save", "w300", "/reset", "w301", "/save " + file,
                "/save " + folder.resolve("none/x"), "/dance", "");
        assertThat(screen).contains(
                "/reset        forget", "Nothing is saved", "Where to? /save FILE", "The conversation is forgotten.",
                "Not saved: ", "There is no /dance.");
        JsonNode messages = JsonMapper.shared().readTree(Files.readString(file)).get("messages");
        assertThat(messages.valueStream().map(message -> message.get("role").asString()))
                .containsExactly("system", "user", "assistant");
        assertThat(messages.get(1).get("content").asString()).isEqualTo("w301");
    }

    @Test
    void aConversationThatIsTooLongGoesOnAfterAReset() throws IOException {
        String screen = talk("w300 ".repeat(3000), "/reset", "w300");
        assertThat(screen).contains("/reset begins anew.").contains("of 2048 tokens of context used");
    }

    /** What a conversation of these lines leaves on the screen. */
    private static String talk(String... lines) throws IOException {
        ByteArrayInputStream in = new ByteArrayInputStream(
                (String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        GenerateOptions options = GenerateOptions.defaults().temperature(0).maxTokens(8).endTokens(false);
        try (Llm llm = Llm.load(tiny);
                DumbTerminal terminal = new DumbTerminal("test", "dumb", in, out, StandardCharsets.UTF_8)) {
            new ChatSession(llm, options, new ArrayList<>(List.of(Message.system("Be brief.")))).talk(terminal);
            terminal.flush();
        }
        return out.toString(StandardCharsets.UTF_8);
    }
}
