package dev.vesper.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class TokenizeCommandTest {
    private static final int BOS = 1;

    @TempDir
    private static Path folder;

    private static Path tiny = Path.of("");

    @BeforeAll
    static void write() {
        tiny = TinyModel.write(folder);
    }

    @Test
    void idsAreSeparatedBySpaces() {
        assertThat(tiny("--text", "ab c")).isEqualTo(bytes(" ab c"));
        assertThat(tiny("--text", "")).isEmpty();
    }

    @Test
    void bosComesFirstIfAskedFor() {
        assertThat(tiny("--text", "ab", "--bos")).isEqualTo(BOS + " " + bytes(" ab"));
        assertThat(tiny("--text", "", "--bos")).isEqualTo("" + BOS);
    }

    @Test
    void specialTokensAreTakenAsSuchUnlessPlain() {
        assertThat(tiny("--text", "ab</s>")).isEqualTo(bytes(" ab") + " 2");
        assertThat(tiny("--text", "ab</s>", "--plain")).isEqualTo(bytes(" ab</s>"));
    }

    @Test
    void aFileIsTakenByteByByte() throws IOException {
        Path file = Files.writeString(folder.resolve("bytes.txt"), "aé\n");
        assertThat(tiny("--file", file)).isEqualTo(bytes(" aé\n")).isEqualTo(tiny("--text", "aé\n"));
    }

    @Test
    void jsonHasIdsAndPieces() {
        JsonNode json = Commands.run("tokenize", "--model", tiny, "--text", "a</s>", "--json").json();
        assertThat(json.get("count").asInt()).isEqualTo(3);
        assertThat(json.get("ids").valueStream().map(JsonNode::asInt)).containsExactly(3 + ' ', 3 + 'a', 2);
        assertThat(json.get("tokens").valueStream().map(JsonNode::asString)).containsExactly("<0x20>", "<0x61>",
                "</s>");
    }

    @Test
    void aMissingFileIsNamed() {
        assertThat(Commands.run("tokenize", "--model", tiny, "--file", folder.resolve("none.txt")).failure())
                .endsWith("none.txt: opening: expected a readable file, found no such file");
        assertThat(Commands.run("tokenize", "--model", tiny, "--file", folder).failure()).contains("found a directory");
    }

    @Test
    void realVocabulariesAgreeWithTheReference() throws IOException {
        Path model = Fixtures.file("tokenizers/llama-spm.gguf");
        String text =
                Files.readString(Fixtures.file("tokenizers/llama-spm.gguf.inp")).split("\n__ggml_vocab_test__\n")[0];
        String expected =
                Files.readString(Fixtures.file("tokenizers/llama-spm.gguf.out")).lines().findFirst().orElseThrow();
        assertThat(Commands.run("tokenize", "--model", model, "--text", text).done().out().strip())
                .isEqualTo(expected.strip());
    }

    /** The synthetic vocabulary spells a text byte by byte: its words cannot be merged from their letters. */
    private static String bytes(String text) {
        return IntStream.range(0, text.getBytes(UTF_8).length)
                .mapToObj(i -> String.valueOf(3 + Byte.toUnsignedInt(text.getBytes(UTF_8)[i])))
                .collect(Collectors.joining(" "));
    }

    private static String tiny(Object option, Object value, Object... more) {
        Object[] arguments = new Object[5 + more.length];
        Object[] first = {"tokenize", "--model", tiny, option, value};
        System.arraycopy(first, 0, arguments, 0, first.length);
        System.arraycopy(more, 0, arguments, first.length, more.length);
        Commands.Result result = Commands.run(arguments).done();
        assertThat(result.err()).isEmpty();
        assertThat(result.out()).endsWith(System.lineSeparator());
        return result.out().strip();
    }
}
