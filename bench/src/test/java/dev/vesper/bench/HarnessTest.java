package dev.vesper.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Both harnesses with engines that are shell scripts. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the engines are shell scripts")
class HarnessTest {
    /** Faster each time that it runs, which it writes down. */
    private static final String OURS = """
            #!/bin/sh
            echo "ours $*" >>"$(dirname "$0")/log"
            n=$(grep -c ^ours "$(dirname "$0")/log")
            echo "noise" >&2
            echo '{"prefill_tokens_per_second":{"median":'$((n * 100))'},"decode_tokens_per_second":{"median":'$((n * 10))'}}'
            """;

    private static final String THEIRS = """
            #!/bin/sh
            echo "theirs $*" >>"$(dirname "$0")/log"
            echo '[{"n_prompt":512,"n_gen":0,"avg_ts":50.0},{"n_prompt":0,"n_gen":128,"avg_ts":20.0}]'
            """;

    /** Writes a model, or prints what a bench would. */
    private static final String VESPER = """
            #!/bin/sh
            echo "$*" >>"$(dirname "$0")/log"
            case "$*" in
            *--synthetic*) while [ $# -gt 1 ]; do shift; done; echo weights >"$1"; exit ;;
            esac
            echo '{"formats":"Q8_0","kernels":"vector 512-bit","threads":2,
              "prefill_tokens_per_second":{"median":100.04,"min":90,"max":110},
              "decode_tokens_per_second":{"median":20,"min":19,"max":21},"train_tokens_per_second":null,
              "memory_read_gigabytes_per_second":24.5,"fma_gigaflops":280.2,
              "prefill_share_of_fma":0.85,"decode_share_of_memory":0.912,"train_share_of_fma":null}'
            """;

    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private Path model = Path.of("");
    private Path theirs = Path.of("");

    @BeforeEach
    void write() throws IOException {
        model = Files.writeString(folder.resolve("a model.gguf"), "weights");
        script("ours", OURS);
        theirs = script("theirs", THEIRS);
    }

    @Test
    void enginesRunInTurnAndAreComparedPairByPair() throws IOException {
        int code = sideBySide(
                "--theirs", "'" + theirs + "' -m {model} -t {threads} -p {prompt} -n {generate}",
                "--pairs", "3", "--prompt", "64", "--generate", "16");
        assertThat(code).as(err.toString()).isZero();
        List<String> pair = List.of("ours " + model + " 2", "theirs -m " + model + " -t 2 -p 64 -n 16");
        assertThat(Files.readAllLines(folder.resolve("log")))
                .isEqualTo(Collections.nCopies(3, pair).stream().flatMap(List::stream).toList());
        assertThat(out.toString().lines()).contains(
                "| prefill, tokens/s | vesper | other | ratio |",
                "| pair 1 | 100.00 | 50.00 | 2.000 |",
                "| pair 2 | 200.00 | 50.00 | 4.000 |",
                "| pair 3 | 300.00 | 50.00 | 6.000 |",
                "| median | 200.00 | 50.00 | 4.000 |",
                "| decode, tokens/s | vesper | other | ratio |",
                "| pair 1 | 10.00 | 20.00 | 0.500 |",
                "| median | 20.00 | 20.00 | 1.000 |");
    }

    @Test
    void anyOutputIsReadByExpressions() throws IOException {
        script("theirs", "#!/bin/sh\necho 'prompt: 40 t/s'\necho 'text: 8.5 t/s'\n");
        int code = sideBySide(
                "--theirs", theirs.toString(), "--pairs", "2", "--name", "script",
                "--prefill-pattern", "prompt: ([0-9.]+)", "--decode-pattern", "text: ([0-9.]+)");
        assertThat(code).as(err.toString()).isZero();
        assertThat(out.toString()).contains("| vesper | script |", "| pair 1 | 10.00 | 8.50 | 1.176 |",
                "| median | 15.00 |");
    }

    @Test
    void whatGoesWrongIsSaid() throws IOException {
        assertThat(sideBySide("--theirs", theirs + " {weights}")).isEqualTo(2);
        assertThat(err.toString()).contains("found {weights}");
        assertThat(sideBySide("--theirs", theirs.toString(), "--prefill-pattern", "(x)")).isEqualTo(2);
        assertThat(sideBySide("--theirs", theirs.toString(), "--pairs", "0")).isEqualTo(2);
        script("theirs", "#!/bin/sh\necho 'cannot load' >&2\nexit 3\n");
        assertThat(sideBySide("--theirs", theirs.toString())).isEqualTo(1);
        assertThat(err.toString()).contains("expected exit code 0, found 3: cannot load");
        script("theirs", "#!/bin/sh\nexec sleep 60\n");
        assertThat(sideBySide("--theirs", theirs.toString(), "--timeout", "1")).isEqualTo(1);
        assertThat(err.toString()).contains("expected an end within 1 s");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void templatesAreCutBeforeTheyAreFilled() {
        assertThat(new CommandTemplate("run '-x y' \"{model}\" --m={model}").fill(Map.of("model", "a b")))
                .isEqualTo(List.of("run", "-x y", "a b", "--m=a b"));
        assertThatThrownBy(() -> new CommandTemplate(" ").fill(Map.of())).hasMessageContaining("expected a command");
    }

    @Test
    void theTableStandsBetweenItsMarks() throws IOException {
        script("vesper", VESPER);
        Path file = folder.resolve("performance.md");
        Files.writeString(file, "# Performance\n%s\nold\n%s\nthe end\n"
                .formatted(PerformanceTable.SECTION.begin(), PerformanceTable.SECTION.end()));
        assertThat(table(file)).as(err.toString()).isZero();
        assertThat(table(file)).as(err.toString()).isZero();
        String text = Files.readString(file);
        assertThat(text)
                .startsWith("# Performance\n<!-- performance table: begin -->\n20")
                .endsWith("\n<!-- performance table: end -->\nthe end\n")
                .doesNotContain("old\n")
                .contains("commit ", " processors, ", "vector 512-bit kernels, 2 threads",
                        "--prompt-tokens 8 --repeat 2")
                .contains("24.5 GB/s memory read, 280 GFLOP/s FMA");
        String row =
                "| llama-tiny | Q8_0 | 100.0 (90.0 to 110.0), 85 % of FMA | 20.0 (19.0 to 21.0), 91 % of memory | – |";
        assertThat(text.lines().filter(row::equals)).hasSize(1);
        String written = folder.resolve("llama-tiny.Q8_0.gguf").toString();
        String measured = "bench --model " + written + " --json --prompt-tokens 8 --repeat 2";
        assertThat(Files.readAllLines(folder.resolve("log"))).containsExactly(
                "bench --synthetic llama-tiny --format Q8_0 --out " + written, measured, measured);
    }

    @Test
    void aFileWithoutTheMarksIsLeftAlone() throws IOException {
        Path file = Files.writeString(folder.resolve("performance.md"), "# Performance\n");
        assertThatThrownBy(() -> PerformanceTable.SECTION.write(file, "x"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("begin --> once, found none");
        assertThat(file).hasContent("# Performance\n");
    }

    @Test
    void theProjectsOwnFileHasTheMarks() {
        assertThat(Path.of("../docs/performance.md"))
                .content()
                .containsOnlyOnce(PerformanceTable.SECTION.begin())
                .containsOnlyOnce(PerformanceTable.SECTION.end());
    }

    private int table(Path file) {
        return run(
                new PerformanceTable(), "--models", "llama-tiny:Q8_0", "--folder", folder.toString(), "--into",
                file.toString(), "--vesper", folder.resolve("vesper").toString(), "--options",
                "--prompt-tokens 8 --repeat 2");
    }

    private int sideBySide(String... more) {
        String ours = folder.resolve("ours") + " {model} {threads}";
        String[] first = {"--model", model.toString(), "--threads", "2", "--ours", ours};
        String[] all = Arrays.copyOf(first, first.length + more.length);
        System.arraycopy(more, 0, all, first.length, more.length);
        return run(new SideBySide(), all);
    }

    private int run(Object command, String... arguments) {
        return new CommandLine(command)
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
    }

    private Path script(String name, String text) throws IOException {
        Path file = Files.writeString(folder.resolve(name), text);
        assertThat(file.toFile().setExecutable(true)).isTrue();
        return file;
    }
}
