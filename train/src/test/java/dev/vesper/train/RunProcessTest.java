package dev.vesper.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** Whether a run that says that it is running is. */
class RunProcessTest {
    @TempDir
    private Path folder;

    @Test
    void aRunOfALiveProcessIsRunning() throws IOException {
        assertThat(status(RunProcess.current())).isEqualTo("running");
        assertThat(status(new RunProcess(ProcessHandle.current().pid(), ""))).isEqualTo("running");
    }

    @Test
    void aRunWhoseProcessIsGoneIsInterrupted() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "--version")
                .redirectErrorStream(true)
                .start();
        RunProcess made = RunProcess.of(process.toHandle());
        process.getInputStream().readAllBytes();
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(status(made)).isEqualTo("interrupted");
    }

    @Test
    void aNumberThatAnotherProcessHasBeenGivenIsNoSign() throws IOException {
        RunProcess now = RunProcess.current();
        Instant earlier = Instant.parse(now.started()).minus(Duration.ofHours(1));
        assertThat(status(new RunProcess(now.pid(), earlier.toString()))).isEqualTo("interrupted");
    }

    @Test
    void onlyARunningRunIsLookedAt() throws IOException {
        assertThat(run("finished", Map.of("pid", Long.MAX_VALUE)).status()).isEqualTo("finished");
        assertThat(run("running", Map.of()).status()).isEqualTo("running");
        assertThat(run("running", Map.of("pid", Long.MAX_VALUE)).status()).isEqualTo("interrupted");
    }

    @Test
    void whatAnotherProcessIsMakingIsNotResumed() throws IOException {
        ProcessHandle other = ProcessHandle.current().parent().orElseThrow();
        write("running", RunProcess.of(other));
        Path model = TinyModel.write(Files.createDirectory(folder.resolve("model")));
        Path data = Files.writeString(folder.resolve("sums.txt"), Runs.text());
        TuneRequest request = Runs.request(model, data, folder.resolve("run"), Runs.options(Runs.LORA, 2), true);
        assertThatThrownBy(() -> Tuner.run(request, TrainListener.NONE))
                .isInstanceOf(TrainException.class)
                .hasMessageContaining("found one that process " + other.pid() + " is making");
    }

    private String status(RunProcess process) throws IOException {
        return run("running", process).status();
    }

    private PastRun run(String status, Object process) throws IOException {
        write(status, process);
        return PastRun.read(folder.resolve("run"));
    }

    private void write(String status, Object process) throws IOException {
        Path run = Files.createDirectories(folder.resolve("run"));
        Files.writeString(
                run.resolve("run.json"),
                JsonMapper.shared().writeValueAsString(
                        Map.of("status", status, "settings", Map.of(), "process", process)));
    }
}
