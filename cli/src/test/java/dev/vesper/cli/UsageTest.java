package dev.vesper.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What all commands promise. */
class UsageTest {
    /** Arguments with which each command gets as far as to look for its files. */
    private static final Map<String, String> COMPLETE_ARGUMENTS = Map.ofEntries(
            Map.entry("complete", "--model MISSING --prompt x"),
            Map.entry("chat", "--model MISSING --prompt x"),
            Map.entry("tokenize", "--model MISSING --text x"),
            Map.entry("score", "--model MISSING --tokens 1,2"),
            Map.entry("inspect", "MISSING"),
            Map.entry("quantize", "MISSING out.gguf --format Q8_0"),
            Map.entry("codebooks", "--from MISSING"),
            Map.entry("bench", "--model MISSING"),
            Map.entry("serve", "--model MISSING --port 0"),
            Map.entry("train", "--data MISSING --data-format text --out y"),
            Map.entry("tune", "--model MISSING --data x.txt --out y"),
            Map.entry("adapter", "show MISSING"),
            Map.entry("merge", "--model MISSING --adapter a --out out.gguf"),
            Map.entry("eval", "--model MISSING --data x.txt"),
            Map.entry("corpus", "--check MISSING --held-out x.jsonl"),
            Map.entry("demo", "--model MISSING --data x.jsonl --out y"),
            Map.entry("runs", "MISSING"));

    /** What runs as it is, without any argument. */
    private static final Set<String> NEED_NOTHING = Set.of("demo", "runs", "codebooks");

    @TempDir
    private Path folder;

    static Stream<String> commands() {
        return Vesper.commandLine().getSubcommands().keySet().stream();
    }

    @Test
    void everyCommandIsTestedHere() {
        assertThat(commands()).containsExactlyInAnyOrderElementsOf(COMPLETE_ARGUMENTS.keySet());
    }

    @ParameterizedTest
    @MethodSource("commands")
    void helpHasAnExampleOfTheCommand(String command) {
        Commands.Result result = Commands.run(command, "--help").done();
        assertThat(result.out()).contains("Usage: vesper " + command)
                .containsPattern("Examples?:\\R  (\\w+=\\S+ )?vesper " + command);
        assertThat(result.err()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("commands")
    void anUnknownOptionIsNamed(String command) {
        assertThat(withMissing(command, "--unheard-of").wrongUsage()).contains("--unheard-of");
    }

    static Stream<String> commandsThatNeedSomething() {
        return commands().filter(command -> !NEED_NOTHING.contains(command));
    }

    @ParameterizedTest
    @MethodSource("commandsThatNeedSomething")
    void whatIsRequiredIsNamed(String command) {
        assertThat(Commands.run(command).wrongUsage()).containsPattern("--model|FILE|'IN'");
    }

    @ParameterizedTest
    @MethodSource("commands")
    void aMissingFileIsOneLine(String command) {
        Commands.Result result = withMissing(command);
        assertThat(result.failure()).startsWith("vesper: ").contains("missing.gguf").contains("no such file");
        assertThat(result.err().lines()).hasSize(1);
    }

    @ParameterizedTest
    @MethodSource("commands")
    void verboseAddsTheStackTrace(String command) {
        Commands.Result result = withMissing(command, "--verbose");
        assertThat(result.code()).isEqualTo(Vesper.FAILED);
        assertThat(result.err()).contains("\tat dev.vesper.");
        assertThat(result.out()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "complete, --max-tokens, -1", "complete, --max-tokens, x", "complete, --temperature, -1",
        "chat, --temperature, NaN",
        "complete, --top-k, -1", "complete, --top-p, 0", "complete, --min-p, 2", "complete, --repetition-penalty, 0",
        "complete, --repetition-window, -1", "complete, --presence-penalty, 101", "complete, --frequency-penalty, 101",
        "complete, --logit-bias, x=1", "complete, --logit-bias, 1=NaN", "complete, --stop, ''", "complete, --seed, x",
        "complete, --threads, -1", "complete, --kernels, fast", "complete, --context, -1", "chat, --kernels, fast",
        "score, --threads, 1025", "score, --context, x", "bench, --threads, x", "bench, --kernels, fast",
        "tune, --threads, -1", "tune, --kernels, fast", "serve, --threads, -1", "serve, --kernels, fast",
        "serve, --context, -1",
        "tune, --evening, 3x", "tune, --evening, 0s",
    })
    void aValueThatCannotBeNamesTheOption(String command, String option, String value) {
        assertThat(withMissing(command, option, value).wrongUsage()).contains(option);
    }

    private Commands.Result withMissing(String command, String... more) {
        List<Object> arguments = new ArrayList<>(List.of(command));
        for (String word : COMPLETE_ARGUMENTS.get(command).split(" ")) {
            arguments.add(word.equals("MISSING") ? folder.resolve("missing.gguf") : word);
        }
        arguments.addAll(List.of(more));
        return Commands.run(arguments.toArray());
    }
}
