package dev.vesper.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vesper.llm.file.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A run that was interrupted and resumed ends with the same bytes as one that was not. */
class ResumeTest {
    private static final int STEPS = 22;

    @TempDir
    private static Path shared;

    /** A run of an adapter that was never interrupted. */
    private static Path whole = Path.of("");

    @TempDir
    private Path folder;

    private Path model;
    private Path data;

    @BeforeAll
    static void runUninterrupted() throws IOException {
        Path model = TinyModel.write(shared);
        Path data = Files.writeString(shared.resolve("sums.txt"), Runs.text());
        whole = shared.resolve("whole");
        Tuner.run(Runs.request(model, data, whole, Runs.options(Runs.LORA, STEPS), false), TrainListener.NONE);
    }

    @BeforeEach
    void write() throws IOException {
        model = TinyModel.write(folder);
        data = Files.writeString(folder.resolve("sums.txt"), Runs.text());
    }

    /** Cuts a run off, as a power failure does, once a step is made. */
    private record CutAfter(int step) implements TrainListener {
        static final class Cut extends RuntimeException {
            private static final long serialVersionUID = 1;
        }

        @Override
        public void stepped(Progress progress) {
            if (progress.point().step() == step) {
                throw new Cut();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 7, 10, 21, 22})
    void cutAnywhereTheAdapterEndsTheSame(int step) throws IOException {
        assertThatThrownBy(() -> run("cut", Runs.LORA, false, new CutAfter(step))).isInstanceOf(CutAfter.Cut.class);
        Path cut = run("cut", Runs.LORA, true, TrainListener.NONE);
        assertSame(whole, cut, "adapter_model.safetensors");
    }

    @Test
    void cutTwiceTheWholeModelEndsTheSame() throws IOException {
        Path uncut = run("whole", new Method.Full(), false, TrainListener.NONE);
        assertThatThrownBy(() -> run("cut", new Method.Full(), false, new CutAfter(8)))
                .isInstanceOf(CutAfter.Cut.class);
        assertThatThrownBy(() -> run("cut", new Method.Full(), true, new CutAfter(13)))
                .isInstanceOf(CutAfter.Cut.class);
        Path cut = run("cut", new Method.Full(), true, TrainListener.NONE);
        assertSame(uncut, cut, "model.gguf");
    }

    @Test
    void aKilledProcessCanBeResumed() throws IOException, InterruptedException {
        Path out = folder.resolve("killed");
        Process process = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--add-modules",
                "jdk.incubator.vector",
                "-cp",
                System.getProperty("java.class.path"),
                SlowRun.class.getName(),
                model.toString(),
                data.toString(),
                out.toString(),
                String.valueOf(STEPS))
                .redirectErrorStream(true)
                .start();
        try (var lines = process.inputReader()) {
            // the child names each step that it has made
            assertThat(lines.lines().anyMatch("step 9"::equals)).isTrue();
            assertThat(PastRun.read(out).status()).isEqualTo("running");
            process.destroyForcibly();
        }
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isNotZero();
        assertThat(PastRun.read(out).status()).isEqualTo("interrupted");
        assertThat(RunReport.text(PastRun.read(out)))
                .contains("interrupted (resume with the same command and --resume)");
        assertSame(whole, run("killed", Runs.LORA, true, TrainListener.NONE), "adapter_model.safetensors");
        assertThat(PastRun.read(out).status()).isEqualTo("finished");
    }

    @Test
    void askedToStopItWritesACheckpointAndGoesOnFromThere() throws IOException {
        int[] asked = {0};
        TrainListener stopper = new TrainListener() {
            @Override
            public boolean stopRequested() {
                return ++asked[0] > 8;
            }
        };
        TrainResult stopped = Tuner.run(request("stopped", Runs.LORA, false), stopper);
        assertThat(stopped.finished()).isFalse();
        assertThat(stopped.step()).isEqualTo(8);
        assertThat(stopped.directory().record()).content().contains("\"status\" : \"stopped\"");
        int[] resumedAt = {-1};
        Path out = run("stopped", Runs.LORA, true, new TrainListener() {
            @Override
            public void begins(Plan plan) {
                resumedAt[0] = plan.resumedAt();
            }
        });
        assertThat(resumedAt[0]).isEqualTo(8);
        assertSame(whole, out, "adapter_model.safetensors");
    }

    @Test
    void aFinishedRunHasNothingLeftToDo() throws IOException {
        Path once = run("once", Runs.LORA, false, TrainListener.NONE);
        byte[] adapter = Files.readAllBytes(once.resolve("adapter_model.safetensors"));
        TrainResult again = Tuner.run(request("once", Runs.LORA, true), TrainListener.NONE);
        assertThat(again.finished()).isTrue();
        assertThat(once.resolve("adapter_model.safetensors")).hasBinaryContent(adapter);
    }

    @Test
    void theNumberOfThreadsChangesNothing() throws IOException {
        TuneRequest request = request("one", Runs.LORA, false);
        Tuner.run(
                new TuneRequest(
                        request.model(),
                        request.data(),
                        request.format(),
                        request.out(),
                        request.options(),
                        request.pace(),
                        request.kernels(),
                        1,
                        false),
                TrainListener.NONE);
        assertSame(whole, folder.resolve("one"), "adapter_model.safetensors");
    }

    @Test
    void anotherRunIsNotResumed() throws IOException {
        run("run", Runs.LORA, false, TrainListener.NONE);
        assertThatThrownBy(() -> run("run", new Method.Lora(2, 8, Method.Lora.ALL), true, TrainListener.NONE))
                .isInstanceOf(TrainException.class)
                .hasMessageContaining("rank was 4 and is now 2");
        assertThatThrownBy(() -> run("run", new Method.Full(), true, TrainListener.NONE))
                .isInstanceOf(TrainException.class)
                .hasMessageContaining("method was \"lora\" and is now \"full\"")
                .hasMessageContaining("rank was 4 and is now unset");
        Files.writeString(data, Runs.text() + "more");
        assertThatThrownBy(() -> run("run", Runs.LORA, true, TrainListener.NONE))
                .isInstanceOf(TrainException.class)
                .hasMessageContaining("data_sha256 was");
        Files.writeString(data, Runs.text());
        model = TinyModel.write(folder, 8);
        assertThatThrownBy(() -> run("run", Runs.LORA, true, TrainListener.NONE))
                .isInstanceOf(TrainException.class)
                .hasMessageContaining("model_sha256 was");
    }

    @Test
    void aFolderInUseIsRefusedAndAnEmptyOneNotResumed() throws IOException {
        run("run", Runs.LORA, false, TrainListener.NONE);
        assertThatThrownBy(() -> run("run", Runs.LORA, false, TrainListener.NONE))
                .isInstanceOf(TrainException.class)
                .hasMessageContaining("expected an empty or new folder");
        assertThatThrownBy(() -> run("nothing", Runs.LORA, true, TrainListener.NONE))
                .isInstanceOf(TrainException.class)
                .hasMessageContaining("no run to resume");
    }

    private Path run(String out, Method method, boolean resume, TrainListener listener) {
        TrainResult result = Tuner.run(request(out, method, resume), listener);
        assertThat(result.finished()).isTrue();
        return folder.resolve(out);
    }

    private TuneRequest request(String out, Method method, boolean resume) {
        return Runs.request(model, data, folder.resolve(out), Runs.options(method, STEPS), resume);
    }

    /** The result byte for byte, and everything that the next step would depend on. */
    private static void assertSame(Path expected, Path actual, String result) throws IOException {
        assertThat(actual.resolve(result)).hasBinaryContent(Files.readAllBytes(expected.resolve(result)));
        try (Safetensors a = Safetensors.open(expected.resolve("checkpoint.safetensors"));
                Safetensors b = Safetensors.open(actual.resolve("checkpoint.safetensors"))) {
            assertThat(b.tensors().keySet()).isEqualTo(a.tensors().keySet());
            for (String name : a.tensors().keySet()) {
                assertThat(b.weight(name).orElseThrow().data().mismatch(a.weight(name).orElseThrow().data()))
                        .as(name)
                        .isEqualTo(-1);
            }
        }
    }
}
