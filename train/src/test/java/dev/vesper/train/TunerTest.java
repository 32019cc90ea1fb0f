package dev.vesper.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vesper.data.Data;
import dev.vesper.data.DataFormat;
import dev.vesper.data.Hashes;
import dev.vesper.llm.Backend;
import dev.vesper.llm.ModelFile;
import dev.vesper.llm.arch.Model;
import dev.vesper.llm.file.Gguf;
import dev.vesper.llm.file.GgufWriter;
import dev.vesper.llm.file.TensorInfo;
import dev.vesper.tensor.Weight;
import dev.vesper.tensor.op.Ops;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Runs from files to a folder. */
class TunerTest {
    @TempDir
    private Path folder;

    private Path model;
    private Path data;

    @BeforeEach
    void write() throws IOException {
        model = TinyModel.write(folder);
        data = Files.writeString(folder.resolve("sums.txt"), Runs.text());
    }

    @Test
    void anAdapterThatHasLearntIsSaved() {
        TrainResult result = run("out", Runs.LORA, 60, TrainListener.NONE);
        LossCurve curve = result.curve();
        assertThat(result.finished()).isTrue();
        assertThat(curve.steps()).hasSize(60);
        assertThat(curve.best().loss()).isLessThan(0.8 * curve.start().loss());
        assertThat(result.result()).isEqualTo(folder.resolve("out"));
        try (ModelFile file = ModelFile.open(model);
                Backend backend = Backend.of("auto", 1)) {
            Model adapted = file.model(List.of(file.readAdapter(folder.resolve("out"))));
            assertThat(heldOutLoss(file, adapted, backend)).isEqualTo(curve.best().loss());
        }
    }

    @Test
    void aWholeModelThatHasLearntIsSavedWithAllItsMetadata() {
        TrainResult result = run("out", new Method.Full(), 60, TrainListener.NONE);
        assertThat(result.curve().best().loss()).isLessThan(0.8 * result.curve().start().loss());
        assertThat(result.result()).isEqualTo(folder.resolve("out").resolve("model.gguf"));
        try (ModelFile before = ModelFile.open(model);
                ModelFile after = ModelFile.open(result.result());
                Backend backend = Backend.of("auto", 1)) {
            assertThat(heldOutLoss(after, after.model(), backend)).isEqualTo(result.curve().best().loss());
            assertThat(after.checkpoint().tensors().keySet())
                    .containsExactlyElementsOf(before.checkpoint().tensors().keySet());
            assertThat(after.checkpoint().metadata().keys())
                    .containsExactlyElementsOf(before.checkpoint().metadata().keys());
            assertThat(after.checkpoint().metadata().integer("general.file_type", -1)).isZero();
            assertThat(after.checkpoint().metadata().string("general.name")).contains("tiny");
        }
    }

    @Test
    void theBestIsKeptWhenLaterWeightsAreWorse() {
        TrainOptions options = Runs.options(Runs.LORA, 30);
        TrainOptions wild = new TrainOptions(
                options.method(),
                options.rows(),
                new StepOptions(1, 30, 4, 64, 1),
                new ScheduleOptions(Schedule.Kind.CONSTANT, 0.3, 0.9),
                options.optimizer(),
                0,
                3);
        List<Boolean> better = new ArrayList<>();
        TrainResult result =
                Tuner.run(Runs.request(model, data, folder.resolve("out"), wild, false), new TrainListener() {
                    @Override
                    public void measured(LossCurve.HeldOut heldOut, boolean best) {
                        better.add(best);
                    }
                });
        LossCurve curve = result.curve();
        assertThat(curve.best().step()).as("the test needs a run that gets worse").isBetween(1, 29);
        assertThat(better.lastIndexOf(true)).isEqualTo(curve.best().step());
        try (ModelFile file = ModelFile.open(model);
                Backend backend = Backend.of("auto", 1)) {
            Model adapted = file.model(List.of(file.readAdapter(folder.resolve("out"))));
            Data rows = Data.read(data, DataFormat.TEXT, file, wild.rows(), 3);
            assertThat(heldOutLoss(rows, adapted, backend)).isEqualTo(curve.best().loss());
        }
    }

    @Test
    void theRecordTellsWhatWasDone() throws IOException {
        TrainResult result = run("out", Runs.LORA, 6, TrainListener.NONE);
        JsonNode json = JsonMapper.shared().readTree(result.directory().record());
        assertThat(json.get("status").asString()).isEqualTo("finished");
        assertThat(json.get("settings").get("learning_rate").asDouble()).isEqualTo(5e-3);
        assertThat(json.get("settings").get("data_sha256").asString())
                .isEqualTo(Hashes.sha256(Files.readAllBytes(data)));
        assertThat(json.get("settings").get("model_sha256").asString()).isEqualTo(Hashes.sha256(model));
        assertThat(json.get("machine").get("processors").asInt()).isPositive();
        assertThat(json.get("figures").get("curve")).hasSize(6);
        assertThat(json.get("figures").get("held_out_loss_best").asDouble()).isEqualTo(result.curve().best().loss());
        assertThat(result.directory().curve()).content().startsWith("<svg").contains("step", "loss",
                "prefers-color-scheme");
        assertThat(LossPlot.of(result.curve(), 60, 10)).contains("●", "·", "step 6");
    }

    @Test
    void aLossThatIsNotFiniteNamesStepAndRowAndLeavesTheStateAsItWas() throws IOException {
        Path broken = broken();
        assertThatThrownBy(() -> Tuner.run(
                Runs.request(broken, data, folder.resolve("out"), Runs.options(Runs.LORA, 5), false),
                TrainListener.NONE))
                .isInstanceOf(TrainException.class)
                .hasMessageContaining("step 1: the loss on row sums.txt, tokens ")
                .hasMessageContaining("NaN");
        assertThat(folder.resolve("out").resolve("checkpoint.safetensors")).doesNotExist();
        assertThat(folder.resolve("out").resolve("run.json")).content().contains("failed: step 1");
    }

    @Test
    void aGradientThatIsNotFiniteNamesStepAndParameter() {
        TrainOptions options = Runs.options(Runs.LORA, 30);
        TrainOptions exploding = new TrainOptions(
                options.method(),
                options.rows(),
                options.steps(),
                new ScheduleOptions(Schedule.Kind.CONSTANT, 999, 0),
                options.optimizer(),
                0,
                3);
        assertThatThrownBy(() -> Tuner.run(
                Runs.request(model, data, folder.resolve("out"), exploding, false), TrainListener.NONE))
                .isInstanceOf(TrainException.class)
                .hasMessageMatching("step \\d+: the (gradient of|loss on row).*");
        try (ModelFile file = ModelFile.open(model)) {
            assertThat(file.readAdapter(folder.resolve("out")).changes()).hasSize(14);
        }
    }

    @Test
    void targetsAreChosenByEitherName() {
        run("out", new Method.Lora(2, 4, List.of("q_proj", "ffn_down")), 1, TrainListener.NONE);
        try (ModelFile file = ModelFile.open(model)) {
            assertThat(file.readAdapter(folder.resolve("out")).changes())
                    .containsOnlyKeys("blk.0.attn_q", "blk.0.ffn_down", "blk.1.attn_q", "blk.1.ffn_down");
        }
        assertThatThrownBy(() -> run("other", new Method.Lora(2, 4, List.of("attn_x")), 1, TrainListener.NONE))
                .hasMessageContaining("attn_x")
                .hasMessageContaining("ffn_gate");
    }

    @Test
    void anAdapterBeginsAsKaimingSaysAndChangesNothing() {
        try (ModelFile file = ModelFile.open(model);
                Arena arena = Arena.ofConfined()) {
            LoraParameters lora =
                    LoraParameters.create(file.weights(), file::model, new Method.Lora(64, 8, List.of("ffn_down")), 1,
                            arena);
            float[] down = lora.parameters().getFirst().values();
            double bound = 1 / Math.sqrt(24);
            double square = 0;
            for (float value : down) {
                assertThat((double) Math.abs(value)).isLessThanOrEqualTo(bound);
                square += (double) value * value;
            }
            // the variance of a uniform distribution is a third of the bound squared
            assertThat(square / down.length).isBetween(0.9 * bound * bound / 3, 1.1 * bound * bound / 3);
            assertThat(lora.parameters().get(1).values()).containsOnly(0f);
            LoraParameters other =
                    LoraParameters.create(file.weights(), file::model, new Method.Lora(64, 8, List.of("ffn_down")), 2,
                            arena);
            assertThat(other.parameters().getFirst().values()).isNotEqualTo(down);
        }
    }

    private TrainResult run(String out, Method method, int steps, TrainListener listener) {
        return Tuner.run(
                Runs.request(model, data, folder.resolve(out), Runs.options(method, steps), false), listener);
    }

    /** The tiny model with one weight that is not a number. */
    private Path broken() {
        Path target = folder.resolve("broken.gguf");
        try (Gguf file = Gguf.open(model);
                Arena arena = Arena.ofConfined()) {
            GgufWriter writer = new GgufWriter(file.metadata());
            for (TensorInfo tensor : file.tensors().values()) {
                Weight weight = file.weight(tensor.name()).orElseThrow();
                MemorySegment copy = arena.allocate(weight.data().byteSize(), 64).copyFrom(weight.data());
                if (tensor.name().equals("blk.1.ffn_up.weight")) {
                    copy.setAtIndex(ValueLayout.JAVA_FLOAT, 5, Float.NaN);
                }
                writer.tensor(tensor.name(), tensor.format(), tensor.shape(), copy);
            }
            writer.write(target);
        }
        return target;
    }

    private double heldOutLoss(ModelFile file, Model fitted, Backend backend) {
        TrainOptions options = Runs.options(Runs.LORA, 1);
        return heldOutLoss(Data.read(data, DataFormat.TEXT, file, options.rows(), options.seed()), fitted, backend);
    }

    private static double heldOutLoss(Data rows, Model fitted, Backend backend) {
        Ops ops = backend.inference();
        double sum = 0;
        int targets = 0;
        for (MicroBatch batch : MicroBatch.pack(rows.heldOut(), 64)) {
            ops.begin();
            double[] losses = new double[batch.targets().length];
            sum += fitted.loss(ops, fitted.hidden(ops, batch.batch()), batch.targets(), losses);
            targets += losses.length;
        }
        return sum / targets;
    }
}
