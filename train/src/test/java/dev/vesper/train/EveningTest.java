package dev.vesper.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vesper.data.Data;
import dev.vesper.data.RowOptions;
import dev.vesper.llm.ModelFile;
import dev.vesper.train.Evening.Setting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run that is to fit into a time fits, and says why it is as it is. */
class EveningTest {
    private static final Pace PACE = new Pace(2, 1000, 0.001, 0.002, 0);

    @TempDir
    private Path folder;

    private Path model = Path.of("");
    private Path data = Path.of("");

    @BeforeEach
    void write() throws IOException {
        model = TinyModel.write(folder);
        data = Files.writeString(folder.resolve("sums.txt"), Runs.text());
    }

    @Test
    void theLengthFollowsFromTheRate() {
        TuneRequest request = Runs.request(model, data, folder.resolve("out"), Runs.options(Runs.LORA, 0), false);
        Data rows = rows(request);
        double epoch = 0.003 * rows.trainTokens();
        // three epochs and what is measured, in nine tenths of the time
        double measuring = 11 * 0.001 * rows.heldOut().stream().mapToInt(row -> row.inputs()).sum();
        Duration time = Duration.ofMillis((long) (1000 * (3 * epoch + measuring) / 0.9));
        TuneRequest chosen = new Evening(time, EnumSet.noneOf(Setting.class)).length(request, rows, PACE, 0);
        StepOptions steps = chosen.options().steps();
        assertThat((double) steps.steps() * steps.batch()).isBetween(2.8 * rows.train().size(),
                3.0 * rows.train().size());
        assertThat(steps.patience()).isPositive();
        assertThat(chosen.conduct().limit()).isGreaterThan(time).isLessThan(time.multipliedBy(12).dividedBy(10));
        assertThat(chosen.conduct().choices()).anyMatch(choice -> choice.contains("epochs: what fits into the time"))
                .anyMatch(choice -> choice.contains("rows in a step"))
                .anyMatch(choice -> choice.startsWith("measured: 333 tokens/s"));
    }

    @Test
    void moreTimeThanTheDataIsWorthIsNotUsed() {
        TuneRequest request = Runs.request(model, data, folder.resolve("out"), Runs.options(Runs.LORA, 0), false);
        Data rows = rows(request);
        TuneRequest chosen = new Evening(Duration.ofDays(3), Set.of()).length(request, rows, PACE, 0);
        assertThat(chosen.options().steps().steps() * chosen.options().steps().batch())
                .isBetween(9 * rows.train().size(), 10 * rows.train().size());
        assertThat(chosen.conduct().choices()).anyMatch(choice -> choice.contains("recited rather than learnt"));
    }

    @Test
    void whatIsGivenIsNotTouched() {
        TuneRequest request = Runs.request(model, data, folder.resolve("out"),
                Runs.options(Runs.LORA, 0).steps(new StepOptions(3, 0, 5, 64, 5)), false);
        Evening evening = new Evening(Duration.ofMinutes(5), EnumSet.allOf(Setting.class));
        TuneRequest chosen = evening.length(evening.shape(request), rows(request), PACE, 0);
        assertThat(chosen.options()).isEqualTo(request.options());
        TuneRequest shaped = new Evening(Duration.ofMinutes(5), EnumSet.of(Setting.ALPHA)).shape(request);
        assertThat(shaped.options().method()).isEqualTo(new Method.Lora(8, 8, Method.Lora.ALL));
        assertThat(shaped.options().rows().maxSequence()).isEqualTo(128);
    }

    @Test
    void tooLittleTimeIsSaid() {
        TuneRequest request = Runs.request(model, data, folder.resolve("out"), Runs.options(Runs.LORA, 0), false);
        assertThatThrownBy(() -> new Evening(Duration.ofSeconds(1), Set.of()).length(request, rows(request), PACE, 0.9))
                .isInstanceOf(TrainException.class)
                .hasMessageContaining("1.0 s, of which 0.9 s are gone, are not enough");
    }

    @Test
    void anEveningEndsInTimeAndIsResumedWithItsChoices() throws IOException {
        Path stories = Fixtures.file("stories260k/stories260k.gguf");
        String text = Files.readString(Fixtures.file("text/tinyshakespeare.txt")).substring(0, 150_000);
        Path book = Files.writeString(folder.resolve("book.txt"), text);
        TuneRequest request = Runs.request(stories, book, folder.resolve("out"), Runs.options(Runs.LORA, 0), false);
        TuneRequest asked = request.options(request.options().steps(new StepOptions(1, 0, 8, 1024, 0))
                .rows(new RowOptions(128, false, 0.03)));
        long begin = System.nanoTime();
        int seconds = 30;
        Evening evening = new Evening(Duration.ofSeconds(seconds), EnumSet.of(Setting.MAX_SEQUENCE, Setting.PATIENCE));
        TuneRequest chosen = evening.length(evening.shape(asked));
        TrainResult result = Tuner.run(chosen, TrainListener.NONE);
        double took = 1e-9 * (System.nanoTime() - begin);
        assertThat(took).as(chosen.conduct().choices().toString()).isBetween(0.4 * seconds, 1.2 * seconds);
        assertThat(result.finished()).isTrue();
        assertThat(result.curve().best().loss()).isLessThan(result.curve().start().loss());
        assertThat(Files.readString(folder.resolve("out/run.json"))).contains("what fits into the time");
        TuneRequest again =
                new Evening(Duration.ofSeconds(seconds), EnumSet.of(Setting.MAX_SEQUENCE, Setting.PATIENCE)).resumed(
                        asked);
        assertThat(again.options()).isEqualTo(chosen.options());
        assertThat(again.conduct().choices()).isEqualTo(chosen.conduct().choices());
    }

    @Test
    void aSweepIsTheSameEachTimeAndPicksTheLowest() {
        TuneRequest request = Runs.request(model, data, folder.resolve("out"), Runs.options(Runs.LORA, 9), false);
        Sweep sweep = Sweep.run(request, trial -> {});
        assertThat(sweep).isEqualTo(Sweep.run(request, trial -> {}));
        assertThat(sweep.trials()).extracting(Sweep.Trial::learningRate)
                .startsWith(5e-4, 1.5e-3, 5e-3, 1.5e-2, 5e-2);
        assertThat(sweep.rows()).isBetween(10, 40);
        assertThat(sweep.best().loss()).isLessThan(sweep.start());
        assertThat(sweep.trials()).allMatch(trial -> trial.loss() >= sweep.best().loss());
        TuneRequest chosen = sweep.choose(request);
        assertThat(chosen.options().schedule().learningRate()).isEqualTo(sweep.best().learningRate());
        assertThat(chosen.conduct().choices()).singleElement().asString().contains("rates tried in");
        assertThat(folder.resolve("out")).doesNotExist();
        Tuner.run(chosen, TrainListener.NONE);
        assertThat(Sweep.resumed(request).options()).isEqualTo(chosen.options());
    }

    @Test
    void aSweepThatLeavesTooLittleOfTheEveningIsRefusedBeforeItBegins() {
        TuneRequest request = Runs.request(model, data, folder.resolve("out"), Runs.options(Runs.LORA, 0), false);
        Data rows = rows(request);
        double sweep = Sweep.seconds(request, rows, PACE);
        // seven rates, twelve steps of four rows each
        double row = (double) rows.trainTokens() / rows.train().size();
        assertThat(sweep).isBetween(0.9 * 7 * 12 * 4 * row * 0.003, 1.3 * 7 * 12 * 4 * row * 0.003);
        long enough = (long) Math.ceil((10 + 2 * sweep) / 0.9);
        Evening tooShort = new Evening(Duration.ofSeconds(enough - 1), Set.of());
        assertThatThrownBy(() -> tooShort.requireTimeToSweep(request, rows, PACE, 10))
                .isInstanceOf(TrainException.class)
                .hasMessageContaining("of which 10 s are gone, are not enough for a sweep and a run")
                .hasMessageContaining("take at least %d s, or a --learning-rate".formatted(enough));
        Evening evening = new Evening(Duration.ofSeconds(enough), Set.of());
        evening.requireTimeToSweep(request, rows, PACE, 10);
        assertThat(evening.length(request, rows, PACE, 10 + sweep).conduct().choices())
                .anyMatch(choice -> choice.endsWith("go to the sweep"));
    }

    @Test
    void theTimeOfASweepIsAboutWhatItTakes() {
        TuneRequest request = Runs.request(model, data, folder.resolve("out"), Runs.options(Runs.LORA, 0), false);
        double positions = 7 * 12 * 4 * 32;
        assertThat(Sweep.seconds(request, rows(request), new Pace(1, 1, 0, 1, 0)))
                .isBetween(0.8 * positions, positions);
    }

    @Test
    void ratesOfWhichNoneWorksAreAnError() {
        Sweep sweep = new Sweep(1, 1, 1, List.of(new Sweep.Trial(1, Double.POSITIVE_INFINITY)));
        TuneRequest request = Runs.request(model, data, folder.resolve("out"), Runs.options(Runs.LORA, 9), false);
        assertThatThrownBy(() -> sweep.choose(request)).isInstanceOf(TrainException.class)
                .hasMessageContaining("no learning rate");
    }

    private static Data rows(TuneRequest request) {
        try (ModelFile file = ModelFile.open(request.model())) {
            return Data.read(request.data(), request.format(), file, request.options().rows(),
                    request.options().seed());
        }
    }
}
