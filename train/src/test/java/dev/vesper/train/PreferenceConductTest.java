package dev.vesper.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vesper.data.Data;
import dev.vesper.data.DataFormat;
import dev.vesper.data.RowOptions;
import dev.vesper.llm.ModelFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What surrounds a run, where preferences are learnt: pre-flight, evenings, sweeps, little memory. */
class PreferenceConductTest {
    @TempDir
    private Path folder;

    private Path model;
    private Path pairs;

    @BeforeEach
    void write() throws IOException {
        model = TinyModel.write(folder);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 40; i++) {
            text.append(
                    "{\"prompt\":\"q%d\",\"chosen\":\"%s\",\"rejected\":\"no\"}%n".formatted(i, "y".repeat(1 + i % 4)));
        }
        pairs = Files.writeString(folder.resolve("pairs.jsonl"), text);
    }

    static Stream<Objective> objectives() {
        return Stream.of(new Objective.Dpo(0.1), new Objective.Orpo(0.5), new Objective.Kto(0.1, 1, 1));
    }

    private TuneRequest request(String out, Objective objective) {
        TrainOptions options = Runs.options(Runs.LORA, 6).rows(new RowOptions(64, false, 0.25)).objective(objective);
        return Runs.request(model, pairs, folder.resolve(out), options, false);
    }

    @Test
    void aCopyWithAnotherSettingKeepsTheObjective() {
        TrainOptions options = request("out", new Objective.Orpo(0.5)).options();
        TrainOptions copy = options.method(new Method.Full()).rows(options.rows()).steps(options.steps().batch(3))
                .schedule(options.schedule());
        assertThat(copy.objective()).isEqualTo(new Objective.Orpo(0.5));
        assertThat(copy.method(options.method()).steps(options.steps())).isEqualTo(options);
    }

    @ParameterizedTest
    @MethodSource("objectives")
    void littleMemoryGivesTheSameBytes(Objective objective) {
        Tuner.run(request("kept", objective), TrainListener.NONE);
        Tuner.run(request("again", objective).conduct(Conduct.defaults().lowMemory(true)), TrainListener.NONE);
        assertThat(folder.resolve("again/adapter_model.safetensors"))
                .hasSameBinaryContentAs(folder.resolve("kept/adapter_model.safetensors"));
    }

    @ParameterizedTest
    @MethodSource("objectives")
    void aPreflightCountsWhatIsAskedBeforeTheFirstStepAndLeavesTheFolderAlone(Objective objective) {
        TuneRequest request = request("out", objective);
        Preflight preflight = Tuner.preflight(request);
        long all = Stream.concat(preflight.data().train().stream(), preflight.data().heldOut().stream())
                .mapToLong(row -> row.inputs())
                .sum();
        assertThat(preflight.before()).isEqualTo(objective.referenced() ? all : 0);
        assertThat(preflight.stepsLeft()).isEqualTo(6);
        assertThat(folder.resolve("out")).doesNotExist();
        Tuner.run(request, TrainListener.NONE);
        TuneRequest resumed = new TuneRequest(
                model, pairs, request.format(), request.out(), request.options(), request.pace(), "auto", 2, true);
        assertThat(Tuner.preflight(resumed).before()).isZero();
    }

    @Test
    void aSweepKeepsPairsTogetherAndWritesNothing() {
        TuneRequest request = request("out", new Objective.Dpo(0.1));
        Sweep sweep = Sweep.run(request, trial -> {});
        assertThat(sweep).isEqualTo(Sweep.run(request, trial -> {}));
        assertThat(sweep.start()).isEqualTo(Math.log(2));
        assertThat(sweep.rows()).isEqualTo(16);
        assertThat(sweep.best().loss()).isLessThan(sweep.start());
        assertThat(folder.resolve("out")).doesNotExist();
        assertThat(sweep.choose(request).options().objective()).isEqualTo(request.options().objective());
    }

    @Test
    void anEveningCountsPairs() {
        TuneRequest request = request("out", new Objective.Dpo(0.1));
        try (ModelFile file = ModelFile.open(model)) {
            Data data = Data.read(pairs, DataFormat.PAIRS, file, request.options().rows(), request.options().seed());
            Pace pace = new Pace(1, 64, 0.001, 0.002, 0.5);
            TuneRequest chosen = new Evening(Duration.ofDays(1), Set.of()).length(request, data, pace, 0);
            StepOptions steps = chosen.options().steps();
            assertThat(steps.steps() * steps.batch()).isBetween(8 * 30, 10 * 30);
            assertThat(chosen.conduct().choices())
                    .anyMatch(choice -> choice.contains("asking the model before training"));
            assertThat(chosen.options().objective()).isEqualTo(request.options().objective());
        }
    }
}
