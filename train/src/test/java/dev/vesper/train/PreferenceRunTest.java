package dev.vesper.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vesper.data.Data;
import dev.vesper.data.DataException;
import dev.vesper.data.DataFormat;
import dev.vesper.data.RowOptions;
import dev.vesper.llm.ModelFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Whole runs that learn from preferences. */
class PreferenceRunTest {
    private static final int STEPS = 9;

    @TempDir
    private Path folder;

    private Path model;
    private Path pairs;

    @BeforeEach
    void write() throws IOException {
        model = TinyModel.write(folder);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 24; i++) {
            text.append(
                    "{\"prompt\":\"q%d\",\"chosen\":\"%s\",\"rejected\":\"no\"}%n".formatted(i, "y".repeat(1 + i % 4)));
        }
        pairs = Files.writeString(folder.resolve("pairs.jsonl"), text);
    }

    static Stream<Objective> objectives() {
        return Stream.of(new Objective.Dpo(0.1), new Objective.Orpo(0.5), new Objective.Kto(0.1, 1, 1));
    }

    private static TrainOptions options(Objective objective, RowOptions rows, int steps, double rate) {
        return new TrainOptions(
                Runs.LORA,
                rows,
                new StepOptions(1, steps, 4, 100, 3),
                new ScheduleOptions(Schedule.Kind.CONSTANT, rate, 0),
                AdamWOptions.defaults(),
                1,
                11,
                objective);
    }

    private TuneRequest request(String out, Objective objective, boolean resume) {
        TrainOptions options = options(objective, new RowOptions(64, false, 0.25), STEPS, 1e-2);
        return request(model, pairs, out, options, resume);
    }

    private TuneRequest request(Path base, Path data, String out, TrainOptions options, boolean resume) {
        return new TuneRequest(
                base, data, DataFormat.of(data), folder.resolve(out), options,
                new CheckpointPace(2, Duration.ofHours(1)), "auto", 2, resume);
    }

    /** Asks to stop before the step that follows so many questions. */
    private static TrainListener stopAfter(int questions) {
        int[] asked = {0};
        return new TrainListener() {
            @Override
            public boolean stopRequested() {
                return ++asked[0] > questions;
            }
        };
    }

    @ParameterizedTest
    @MethodSource("objectives")
    void theMarginRisesAndARunThatWasStoppedEndsWithTheSameBytes(Objective objective) throws IOException {
        TrainResult whole = Tuner.run(request("whole", objective, false), TrainListener.NONE);
        LossCurve curve = whole.curve();
        assertThat(curve.margins()).hasSize(STEPS);
        assertThat(curve.heldOutMargins()).hasSize(4);
        assertThat(curve.heldOutMargins().getLast().margin()).isGreaterThan(curve.heldOutMargins().getFirst().margin());
        assertThat(curve.best().loss()).isLessThan(curve.start().loss());
        int asked = objective.referenced() ? referenceBatches(objective) : 0;
        TrainResult stopped = Tuner.run(request("stopped", objective, false), stopAfter(asked + 5));
        assertThat(stopped.step()).isEqualTo(5);
        TrainResult resumed = Tuner.run(request("stopped", objective, true), TrainListener.NONE);
        assertThat(resumed.curve()).isEqualTo(curve);
        for (String file : List.of("adapter_model.safetensors", "margin.svg", "loss.svg")) {
            assertThat(folder.resolve("stopped").resolve(file))
                    .hasSameBinaryContentAs(folder.resolve("whole").resolve(file));
        }
        assertThat(Files.exists(stopped.directory().reference())).isEqualTo(objective.referenced());
    }

    /** How often a run asks whether to stop before its first step. */
    private int referenceBatches(Objective objective) {
        int[] asked = {0, 0};
        Tuner.run(request("counted", objective, false), new TrainListener() {
            @Override
            public boolean stopRequested() {
                asked[0]++;
                return asked[1] > 0;
            }

            @Override
            public void measured(LossCurve.HeldOut heldOut, boolean best) {
                asked[1] = asked[0];
            }
        });
        return asked[1];
    }

    @Test
    void beforeTheFirstStepDpoHasNoMargin() {
        TrainResult result = Tuner.run(request("out", new Objective.Dpo(0.1), false), TrainListener.NONE);
        assertThat(result.curve().heldOutMargins().getFirst()).isEqualTo(new LossCurve.Margin(0, 0, 0.5));
        assertThat(result.curve().start().loss()).isEqualTo(Math.log(2));
        JsonNode json = JsonMapper.shared().readTree(result.directory().record());
        assertThat(json.get("settings").get("objective").asString()).isEqualTo("dpo");
        assertThat(json.get("settings").get("beta").asDouble()).isEqualTo(0.1);
        assertThat(json.get("figures").get("held_out_margins")).hasSize(4);
        assertThat(result.directory().margins()).content().startsWith("<svg").contains("margin (nats)");
    }

    @Test
    void whatTheModelThoughtBeforeMustBeThereAndUntouched() throws IOException {
        Objective dpo = new Objective.Dpo(0.1);
        Tuner.run(request("run", dpo, false), stopAfter(referenceBatches(dpo) + 4));
        Path reference = folder.resolve("run").resolve("reference.json");
        String text = Files.readString(reference);
        Files.writeString(reference, text.replaceFirst("\"train\":\\[-", "\"train\":[-1"));
        assertThatThrownBy(() -> Tuner.run(request("run", dpo, true), TrainListener.NONE))
                .isInstanceOf(TrainException.class)
                .hasMessageContaining("reference.json: expected numbers with the SHA-256")
                .hasMessageContaining("the file was changed");
        Files.writeString(reference, text.substring(0, text.length() / 2));
        assertThatThrownBy(() -> Tuner.run(request("run", dpo, true), TrainListener.NONE))
                .hasMessageContaining("reference.json: expected log-probabilities in JSON");
        Files.delete(reference);
        assertThatThrownBy(() -> Tuner.run(request("run", dpo, true), TrainListener.NONE))
                .hasMessageContaining("expected the probabilities that the model gave before training");
        Files.writeString(reference, text);
        assertThat(Tuner.run(request("run", dpo, true), TrainListener.NONE).finished()).isTrue();
    }

    @Test
    void stoppedBeforeTheFirstStepNothingIsHalfWritten() {
        Objective dpo = new Objective.Dpo(0.1);
        assertThatThrownBy(() -> Tuner.run(request("run", dpo, false), stopAfter(2)))
                .isInstanceOf(TrainException.class)
                .hasMessageContaining("stopped before the first step, after ");
        assertThat(folder.resolve("run").resolve("reference.json")).doesNotExist();
        assertThat(Tuner.run(request("run", dpo, true), TrainListener.NONE).finished()).isTrue();
    }

    @Test
    void anObjectiveThatDoesNotFitTheDataSaysWhatWould() throws IOException {
        assertThatThrownBy(() -> request("out", new Objective.Supervised(), false))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("pairs.jsonl: expected conversations or text")
                .hasMessageContaining("(--objective dpo, orpo or kto), found pairs of a chosen and a rejected answer");
        pairs = Files.writeString(folder.resolve("judged.jsonl"),
                "{\"prompt\":\"p\",\"completion\":\"a\",\"label\":true}");
        assertThatThrownBy(() -> request("out", new Objective.Orpo(1), false))
                .hasMessageContaining(
                        "expected pairs of a chosen and a rejected answer for orpo, found answers with a label");
        pairs = Files.writeString(folder.resolve("chat.jsonl"), "{\"messages\":[]}");
        assertThatThrownBy(() -> request("out", new Objective.Kto(1, 1, 1), false))
                .hasMessageContaining("for kto, found conversations");
    }

    /** Real pairs on a real model, which are further apart after a few steps, also those that it has not seen. */
    @ParameterizedTest
    @CsvSource({"DPO, 128, 10, 2e-4", "ORPO, 256, 4, 3e-4", "KTO, 128, 24, 5e-4"})
    void onPublishedPairsTheHeldOutMarginRises(String kind, int sequence, int steps, double rate) {
        Objective.Preferential objective = switch (kind) {
            case "DPO" -> new Objective.Dpo(0.1);
            case "ORPO" -> new Objective.Orpo(1);
            default -> new Objective.Kto(0.1, 1, 1);
        };
        Path data = Fixtures.file("datasets/dpo_en_demo.json");
        Path stories = Fixtures.file("stories260k/stories260k.gguf");
        TrainOptions options = new TrainOptions(
                new Method.Lora(16, 32, Method.Lora.ALL),
                new RowOptions(sequence, true, 0.4),
                new StepOptions(1, steps, 8, 2048, steps),
                new ScheduleOptions(Schedule.Kind.CONSTANT, rate, 0),
                AdamWOptions.defaults(),
                1,
                1,
                objective);
        LossCurve curve = Tuner.run(request(stories, data, "real", options, false), TrainListener.NONE).curve();
        if (objective.referenced()) {
            assertThat(curve.heldOutMargins().getFirst()).isEqualTo(new LossCurve.Margin(0, 0, 0.5));
        }
        assertThat(curve.heldOutMargins().getLast().margin()).isGreaterThan(curve.heldOutMargins().getFirst().margin());
        assertThat(curve.best().step()).isEqualTo(steps);
    }

    @Test
    void publishedPairsAndJudgementsAreRead() {
        try (ModelFile stories = ModelFile.open(Fixtures.file("stories260k/stories260k.gguf"))) {
            RowOptions rows = new RowOptions(512, false, 0.25, true);
            Path file = Fixtures.file("datasets/dpo_en_demo.json");
            Data read = Data.read(file, DataFormat.of(file), stories, rows, 1);
            assertThat(read.format()).isEqualTo(DataFormat.PAIRS);
            assertThat(read.rowsRead()).isEqualTo(299);
            assertThat(read.refused()).hasSize(277)
                    .allMatch(refusal -> refusal.reason().contains("at most 512 tokens"));
            file = Fixtures.file("datasets/kto_en_demo.json");
            read = Data.read(file, DataFormat.of(file), stories, rows, 1);
            assertThat(read.format()).isEqualTo(DataFormat.JUDGED);
            assertThat(read.rowsRead()).isEqualTo(300);
            assertThat(read.train().size() + read.heldOut().size() + read.refused().size()).isEqualTo(300);
            assertThat(read.train()).hasSizeGreaterThan(20);
        }
    }
}
