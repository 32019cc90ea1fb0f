package dev.vesper.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vesper.data.DataFormat;
import dev.vesper.data.RowOptions;
import dev.vesper.llm.arch.SyntheticModel;
import dev.vesper.tensor.Format;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a run is said to need is what it takes. */
class MemoryTest {
    /** How far the estimate of a run's buffers may be off. */
    private static final double BUFFERS = 0.1;

    /** The heap that a run must manage with, of what it is said to need, and that it must not. */
    private static final double ENOUGH = 1.15;

    private static final double TOO_LITTLE = 0.75;

    @TempDir
    private static Path folder;

    private static Path model = Path.of("");
    private static Path data = Path.of("");

    @BeforeAll
    static void write() throws IOException {
        model = folder.resolve("model.gguf");
        SyntheticModel.LLAMA_TINY.write(model, Format.Q8_0);
        data = Files.writeString(folder.resolve("text.txt"), "w300 w301 w302 w303 w304\n".repeat(400));
    }

    @ParameterizedTest
    @CsvSource({"16, 512, 128, false", "4, 256, 256, false", "0, 256, 64, false", "16, 512, 128, true"})
    void theBuffersAreThoseComputedFromTheShapes(int rank, int pass, int sequence, boolean lowMemory) {
        try (Preparation preparation = Preparation.of(request("buffers", rank, pass, sequence, lowMemory))) {
            long estimate = MemoryEstimate.of(preparation.model(), method(rank), new HeapRegions(1))
                    .of(preparation.passes(), lowMemory, 1, 0)
                    .parts()
                    .stream()
                    .filter(part -> Set.of("activations", "their gradients", "logits", "measuring")
                            .contains(part.name()))
                    .mapToLong(Memory.Part::bytes)
                    .sum();
            Trainer trainer = preparation.trainer(
                    new RunDirectory(folder.resolve("none")), preparation.settings(), TrainListener.NONE);
            trainer.rehearse();
            trainer.heldOutLoss();
            assertThat((double) trainer.bytes()).isBetween(estimate * (1 - BUFFERS), estimate * (1 + BUFFERS));
        }
    }

    @Test
    void aHeapOfTheEstimateIsEnoughAndAMuchSmallerOneIsNot() throws IOException, InterruptedException {
        TuneRequest request = request("peak", 16, 2048, 512, false);
        long need;
        try (Preparation preparation = Preparation.of(request)) {
            need = MemoryEstimate.of(preparation.model(), method(16), new HeapRegions(1 << 20))
                    .of(preparation.passes(), false, 2, 1 << 18)
                    .heap();
        }
        assertThat(child(request.out(), (long) (ENOUGH * need))).contains("peak ");
        assertThat(child(folder.resolve("small"), (long) (TOO_LITTLE * need))).contains("OutOfMemoryError");
    }

    @Test
    void theResidentMemoryOfAProcessStaysBelowTheEstimate() throws IOException, InterruptedException {
        TuneRequest request = request("resident", 16, 1024, 256, false);
        Memory need;
        try (Preparation preparation = Preparation.of(request)) {
            need = MemoryEstimate.of(preparation.model(), method(16), new HeapRegions(1 << 20))
                    .of(preparation.passes(), false, 2, 1 << 18);
        }
        String said = child(request.out(), (long) (ENOUGH * need.heap()));
        assertThat(said).contains("peak ");
        double peak = Double.parseDouble(said.replaceAll("(?s).*peak (\\d+).*", "$1"));
        assertThat(peak).isBetween(0.6 * need.total(), ENOUGH * need.total());
    }

    @Test
    void whatCannotFitIsRefusedWithWhatWould() {
        try (Preparation preparation = Preparation.of(request("refused", 16, 2048, 512, false))) {
            Memory need = preparation.memory();
            assertThatThrownBy(() -> preparation.requireRoom(new Memory.Room(need.total() - 1, need.heap())))
                    .isInstanceOf(TrainException.class)
                    .hasMessageContaining("this run needs about")
                    .hasMessageContaining("activations")
                    .hasMessageContaining("--micro-batch-tokens 1024")
                    .hasMessageContaining("--low-memory (");
            assertThatThrownBy(() -> preparation.requireRoom(new Memory.Room(need.total(), need.heap() - 1)))
                    .hasMessageContaining("-Xmx");
            assertThatThrownBy(() -> preparation.requireRoom(new Memory.Room(1, 1)))
                    .hasMessageContaining("a smaller model");
            preparation.requireRoom(new Memory.Room(need.total(), need.heap()));
        }
        try (Preparation longRows = Preparation.of(request("refused", 16, 512, 512, true))) {
            Memory need = longRows.memory();
            assertThatThrownBy(() -> longRows.requireRoom(new Memory.Room(need.total() - 1, need.heap())))
                    .hasMessageContaining("--max-sequence 256 --truncate");
        }
    }

    private static Method method(int rank) {
        return rank == 0 ? new Method.Full() : new Method.Lora(rank, 2.0 * rank, Method.Lora.ALL);
    }

    private static TuneRequest request(String out, int rank, int pass, int sequence, boolean lowMemory) {
        TrainOptions options = Runs.options(method(rank), 2);
        return new TuneRequest(
                model,
                data,
                DataFormat.TEXT,
                folder.resolve(out),
                new TrainOptions(
                        options.method(),
                        new RowOptions(sequence, false, 0.1),
                        new StepOptions(1, 2, pass / sequence, pass, 5),
                        options.schedule(),
                        options.optimizer(),
                        1,
                        1),
                new CheckpointPace(0, Duration.ofHours(1)),
                "auto",
                2,
                false)
                .conduct(Conduct.defaults().lowMemory(lowMemory));
    }

    /** What a run says in a process of its own with a heap of this size. */
    private static String child(Path out, long heap) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx" + (heap >> 20) + "m",
                "-XX:+UseG1GC", "-XX:G1HeapRegionSize=1m", "--enable-native-access=ALL-UNNAMED",
                "--add-modules", "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"),
                PeakRun.class.getName(), model.toString(), data.toString(), out.toString()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        return said;
    }
}
