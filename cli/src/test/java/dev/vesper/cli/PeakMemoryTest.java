package dev.vesper.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Inference takes little more memory than the weights and the cache. */
@EnabledOnOs(value = OS.LINUX, disabledReason = "the peak stands in /proc")
class PeakMemoryTest {
    /** Java itself, its compiler, the buffers of a prompt and the answer's. */
    private static final long BESIDE = 300L << 20;

    /** In tokens: a letter each, and the one at the beginning. */
    private static final int PROMPT = 1001;
    private static final int GENERATED = 200;
    private static final String PEAK = "VmHWM:";

    @Test
    void ofACompletionIsWeightsCacheAndLittleElse(@TempDir Path folder) throws Exception {
        Path model = TinyModel.write(folder);
        ProcessBuilder builder = Commands.process("complete", "--model", model, "--prompt", "w".repeat(PROMPT - 1),
                "--temperature", 0, "--ignore-end", "--max-tokens", GENERATED);
        List<String> options = Files.readAllLines(Repository.root().resolve("jvm.options")).stream()
                .filter(line -> line.startsWith("-"))
                .toList();
        builder.command().addAll(1, options);
        Path err = folder.resolve("err.txt");
        Process process = builder.redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(err.toFile()).start();
        process.getOutputStream().close();
        long peak = 0;
        while (process.isAlive()) {
            peak = Math.max(peak, peak(process.pid()));
            Thread.sleep(5);
        }
        assertThat(process.exitValue()).as("%s", Files.readString(err)).isEqualTo(Vesper.DONE);
        // keys and values of 4 blocks, 4 heads of 32, float32
        long cache = 2L * 4 * 4 * 32 * 4 * (PROMPT + GENERATED);
        assertThat(peak).isBetween(30L << 20, Files.size(model) + cache + BESIDE);
    }

    private static long peak(long pid) throws Exception {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
                if (line.startsWith(PEAK)) {
                    return Long.parseLong(line.substring(PEAK.length()).replace("kB", "").strip()) << 10;
                }
            }
        } catch (NoSuchFileException e) {
            return 0;
        }
        return 0;
    }
}
