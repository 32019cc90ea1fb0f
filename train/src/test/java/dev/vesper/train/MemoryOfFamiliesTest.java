package dev.vesper.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vesper.data.DataFormat;
import dev.vesper.data.RowOptions;
import dev.vesper.llm.ModelFile;
import dev.vesper.llm.arch.UnsupportedModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a run is said to need is what it takes, for every family of models that can be loaded. */
class MemoryOfFamiliesTest {
    /** How much more the buffers of a run may take than estimated. */
    private static final double MORE = 0.1;

    /**
     * How much less: logits that are measured on are estimated like those that are learnt from, which is much where a
     * vocabulary of 512 meets a width of 40.
     */
    private static final double LESS = 0.15;

    /** Parts that are buffers of passes. */
    private static final Set<String> PASSES = Set.of("activations", "their gradients", "logits", "measuring");

    /** Parts that are there however narrow the model is. */
    private static final Set<String> FIXED = Set.of("the program", "Java itself");

    @TempDir
    private Path folder;

    private static List<Path> loadable() throws IOException {
        List<Path> models = new ArrayList<>();
        try (Stream<Path> files = Files.list(Fixtures.file("architectures/gguf"))) {
            for (Path file : files.filter(path -> path.toString().endsWith(".gguf")).sorted().toList()) {
                try (ModelFile model = ModelFile.open(file)) {
                    assertThat(model.model().shape().layers()).isPositive();
                    models.add(file);
                } catch (UnsupportedModelException e) {
                    assertThat(e).hasMessageContaining("llama");
                }
            }
        }
        return models;
    }

    @Test
    void theBuffersOfEveryFamilyAreThoseComputedFromTheShapes() throws IOException {
        List<Path> models = loadable();
        assertThat(models.stream().map(file -> file.getFileName().toString()).collect(Collectors.toSet()))
                .contains("llama-gqa.gguf", "llama-mha.gguf", "llama-tied.gguf", "llama3-rope.gguf");
        Path data = Files.writeString(folder.resolve("text.txt"), Runs.text());
        for (Path model : models) {
            for (Method method : List.of(new Method.Lora(4, 8, Method.Lora.ALL), new Method.Full())) {
                for (boolean low : new boolean[] {false, true}) {
                    try (Preparation preparation = Preparation.of(request(model, data, method, low))) {
                        requireTrue(preparation, method, low, model + " " + method + (low ? " low" : ""));
                    }
                }
            }
        }
    }

    private void requireTrue(Preparation preparation, Method method, boolean low, String what) {
        Memory memory = MemoryEstimate.of(preparation.model(), method, new HeapRegions(1))
                .of(preparation.passes(), low, 1, 0);
        Trainer trainer = preparation.trainer(
                new RunDirectory(folder.resolve("none")), preparation.settings(), TrainListener.NONE);
        trainer.rehearse();
        trainer.heldOutLoss();
        double buffers = sum(memory, PASSES);
        assertThat((double) trainer.bytes()).as(what).isBetween(buffers * (1 - LESS), buffers * (1 + MORE));
        assertThat(bytes(memory, "trained numbers")).as(what).isEqualTo(4 * trainer.size());
        assertThat(bytes(memory, "gradients")).as(what).isBetween(4 * trainer.size(), 5 * trainer.size());
        assertThat(bytes(memory, "moments")).as(what).isEqualTo(2 * bytes(memory, "gradients"));
        assertThat(memory.parts()).as(what).allMatch(part -> part.bytes() >= 0 && !part.basis().isEmpty());
        // models of less than 1 MiB do not need much besides what Java itself takes
        assertThat(memory.total() - sum(memory, FIXED)).as(what).isLessThan(32 << 20);
    }

    private static long sum(Memory memory, Set<String> names) {
        return memory.parts().stream().filter(part -> names.contains(part.name())).mapToLong(Memory.Part::bytes).sum();
    }

    private static long bytes(Memory memory, String name) {
        return sum(memory, Set.of(name));
    }

    private TuneRequest request(Path model, Path data, Method method, boolean low) {
        TrainOptions options = Runs.options(method, 2)
                .rows(new RowOptions(64, false, 0.1))
                .steps(new StepOptions(1, 2, 4, 256, 5));
        return new TuneRequest(
                model, data, DataFormat.TEXT, folder.resolve("out"), options,
                new CheckpointPace(0, Duration.ofHours(1)), "auto", 1, false)
                .conduct(Conduct.defaults().lowMemory(low));
    }
}
