package dev.vesper.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class CompleteCommandTest {
    @TempDir
    private static Path folder;

    private static Path tiny = Path.of("");

    @BeforeAll
    static void write() {
        tiny = TinyModel.write(folder);
    }

    @ParameterizedTest
    @CsvSource({"scalar, 1", "scalar, 2", "vector, 1", "vector, 2"})
    void greedyTextIsThatOfOtherEngines(String kernels, int threads) throws IOException {
        Path model = Fixtures.file("stories260k/stories260k.gguf");
        byte[] golden = Files.readAllBytes(Fixtures.file("stories260k/golden-greedy-200.txt"));
        Commands.Result result = Commands.run(
                "complete", "--model", model, "--prompt", "", "--max-tokens", 200, "--temperature", 0,
                "--kernels", kernels, "--threads", threads).done();
        assertThat(result.out().getBytes(StandardCharsets.UTF_8)).hasSize(464).isEqualTo(golden);
        assertThat(result.err()).isEmpty();
    }

    @Test
    void theSameSeedGivesTheSameTextOnAnyNumberOfThreads() {
        String one = tiny("--seed", 7, "--threads", 1).done().out();
        assertThat(one).isNotEmpty();
        assertThat(tiny("--seed", 7, "--threads", 2).done().out()).isEqualTo(one);
        assertThat(tiny("--seed", 8).done().out()).isNotEqualTo(one);
    }

    @Test
    void jsonHasTheTextAndItsFigures() {
        JsonNode json = tiny("--seed", 7, "--json").json();
        assertThat(json.get("text").asString()).isEqualTo(tiny("--seed", 7).out());
        assertThat(json.get("finish_reason").asString()).isEqualTo("length");
        assertThat(json.get("completion_tokens").asInt()).isEqualTo(20);
        assertThat(json.get("prompt_tokens").asInt()).isEqualTo(tokens("one two"));
        assertThat(json.get("seed").asLong()).isEqualTo(7);
        assertThat(json.get("seconds").asDouble()).isGreaterThanOrEqualTo(json.get("first_token_seconds").asDouble());
        JsonNode byChance = tiny("--json").json();
        assertThat(tiny("--seed", byChance.get("seed").asLong()).out()).isEqualTo(byChance.get("text").asString());
    }

    @Test
    void aStopTextEndsTheReplyAndIsNotPrinted() {
        String whole = tiny("--temperature", 0).out();
        String stop = whole.substring(whole.length() / 2, whole.length() / 2 + 3);
        JsonNode json = tiny("--temperature", 0, "--stop", "not in there", "--stop", stop, "--json").json();
        assertThat(json.get("text").asString()).isEqualTo(whole.substring(0, whole.indexOf(stop)));
        assertThat(json.get("finish_reason").asString()).isEqualTo("stop");
    }

    @Test
    void aBiasDecidesTheToken() {
        String forced = tiny("--temperature", 0, "--max-tokens", 3, "--logit-bias", "300=90").done().out();
        assertThat(forced).isEqualTo(" w300 w300 w300"); // what the synthetic vocabulary calls this token
        String forbidden = tiny("--temperature", 0, "--max-tokens", 3, "--logit-bias", "300=90", "--logit-bias",
                "301=100", "--logit-bias", "301=-Infinity").done().out();
        assertThat(forbidden).isEqualTo(forced);
        assertThat(tiny("--logit-bias", "512=1").failure()).contains("512").contains("vocabulary of 512");
    }

    @Test
    void aPromptThatIsTooLongIsRefusedWithTheNumbers() {
        assertThat(tiny("--context", 2).failure()).contains("context is limited to 2");
    }

    private static int tokens(String text) {
        return Commands.run("tokenize", "--model", tiny, "--bos", "--text", text).done().out().strip()
                .split(" ").length;
    }

    private static Commands.Result tiny(Object... more) {
        Object[] arguments = new Object[6 + more.length];
        Object[] first = {"complete", "--model", tiny, "--prompt", "one two", "--ignore-end"};
        System.arraycopy(first, 0, arguments, 0, first.length);
        System.arraycopy(more, 0, arguments, first.length, more.length);
        for (Object argument : more) {
            if (argument.equals("--max-tokens")) {
                return Commands.run(arguments);
            }
        }
        return Commands.run(with(arguments, "--max-tokens", 20));
    }

    private static Object[] with(Object[] arguments, Object... last) {
        Object[] all = java.util.Arrays.copyOf(arguments, arguments.length + last.length);
        System.arraycopy(last, 0, all, arguments.length, last.length);
        return all;
    }
}
