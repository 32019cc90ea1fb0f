package dev.vesper.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What only a process of its own shows: its streams, its locale, its end. */
class ProcessTest {
    @TempDir
    private static Path folder;

    private static Path tiny = Path.of("");

    @BeforeAll
    static void write() {
        tiny = TinyModel.write(folder);
    }

    @Test
    void stdoutHasTheResultAndNothingElse() throws Exception {
        Commands.Result result = Commands.finish(complete(5), "").done();
        assertThat(result.out()).isEqualTo(Commands.run(
                "complete", "--model", tiny, "--prompt", "w300", "--temperature", 0, "--ignore-end", "--max-tokens", 5)
                .out());
        assertThat(result.err()).as("vectors without a warning").isEmpty();
    }

    @Test
    @EnabledOnOs(value = OS.LINUX, disabledReason = "pipes fail with other words")
    void aReaderThatLeavesEndsTheCommandWithoutAWord() throws Exception {
        File err = folder.resolve("err.txt").toFile();
        Process process = complete(2000).redirectError(err).start();
        process.getOutputStream().close();
        try (InputStream out = process.getInputStream()) {
            assertThat(out.readNBytes(10)).hasSize(10);
        }
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).isEqualTo(Vesper.FAILED);
        assertThat(err).isEmpty();
    }

    @Test
    @EnabledOnOs(value = OS.LINUX, disabledReason = "there is no /dev/full")
    void aFullDiskIsAFailure() throws Exception {
        File err = folder.resolve("err.txt").toFile();
        Process process = complete(5).redirectOutput(new File("/dev/full")).redirectError(err).start();
        process.getOutputStream().close();
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).isEqualTo(Vesper.FAILED);
        assertThat(err).content().startsWith("vesper: writing to stdout: ").hasLineCount(1);
    }

    @Test
    @EnabledOnOs(value = OS.LINUX, disabledReason = "locales are Linux's")
    void anArgumentThatTheLocaleCannotSpellIsRefused() throws Exception {
        ProcessBuilder builder = Commands.process("tokenize", "--model", tiny, "--text", "é");
        builder.environment().putAll(Map.of("LC_ALL", "C.UTF-8"));
        assertThat(Commands.finish(builder, "").done().out()).isEqualToIgnoringNewLines(
                Commands.run("tokenize", "--model", tiny, "--text", "é").out());
        // In a sh, as this JVM would spell the argument in its own locale.
        String command = String.join(" ", builder.command().stream().map(word -> "'" + word + "'").toList())
                .replace("é", "'$(printf '\\303\\251')'");
        ProcessBuilder shell = new ProcessBuilder("sh", "-c", command);
        shell.environment().put("LC_ALL", "POSIX");
        assertThat(Commands.finish(shell, "").wrongUsage()).contains("locale").contains("LC_ALL=C.UTF-8");
    }

    @Test
    void tooSmallAHeapIsOneLine() throws Exception {
        Path file = folder.resolve("large.txt");
        try (RandomAccessFile large = new RandomAccessFile(file.toFile(), "rw")) {
            large.setLength(200L << 20);
        }
        ProcessBuilder builder = Commands.process("tokenize", "--model", tiny, "--file", file);
        builder.command().set(1, "-Xmx64m");
        Commands.Result result = Commands.finish(builder, "");
        assertThat(result.failure()).startsWith("vesper: out of memory, of which Java may take 64.0 MiB");
        assertThat(result.err().lines()).hasSize(1);
    }

    private static ProcessBuilder complete(int tokens) {
        return Commands.process(
                "complete", "--model", tiny, "--prompt", "w300", "--temperature", 0, "--ignore-end", "--max-tokens",
                tokens);
    }
}
