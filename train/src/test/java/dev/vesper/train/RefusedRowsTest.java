package dev.vesper.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.vesper.data.Data;
import dev.vesper.data.DataException;
import dev.vesper.data.DataFormat;
import dev.vesper.data.Refusal;
import dev.vesper.data.RowOptions;
import dev.vesper.llm.ModelFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows that cannot be used: each is named, none is left out unless asked for, and the record counts them. */
class RefusedRowsTest {
    private static final String GOOD =
            "{\"messages\":[{\"role\":\"user\",\"content\":\"1+1?\"},{\"role\":\"assistant\",\"content\":\"2\"}]}\n";
    private static final String MIXED =
            GOOD + "{\n" + GOOD + "[]\n" + GOOD.replace("1+1?", "1".repeat(50)) + GOOD + "{}\n";

    @TempDir
    private Path folder;

    @Test
    void everyBadRowIsNamedWithItsReason() throws IOException {
        Path file = Files.writeString(folder.resolve("mixed.jsonl"), MIXED);
        try (ModelFile model = ModelFile.open(TinyModel.write(folder))) {
            DataException error = catchThrowableOfType(DataException.class,
                    () -> Data.read(file, DataFormat.CHAT, model, new RowOptions(60, false, 0.1), 1));
            assertThat(error).hasMessageContaining("4 of 7 rows cannot be used").hasMessageContaining("and 1 more")
                    .hasMessageContaining("--skip-bad-rows");
            assertThat(error.refusals()).extracting(Refusal::place)
                    .containsExactlyInAnyOrder("mixed.jsonl:2", "mixed.jsonl:4", "mixed.jsonl:5", "mixed.jsonl:7");
            assertThat(error.refusals()).allMatch(refusal -> refusal.reason().startsWith("expected "));
        }
    }

    @Test
    void theyAreLeftOutOnlyWhenAskedForAndTheRecordCountsThem() throws IOException {
        Path model = TinyModel.write(folder);
        Path file = Files.writeString(folder.resolve("mixed.jsonl"), MIXED);
        TrainOptions options = Runs.options(Runs.LORA, 2);
        TuneRequest request = Runs.request(model, file, folder.resolve("out"),
                options.rows(new RowOptions(60, false, 0.1, true)), false);
        Tuner.run(request, new TrainListener() {
            @Override
            public void preflight(Preflight preflight) {
                assertThat(preflight.data().rowsRead()).isEqualTo(7);
                assertThat(preflight.data().refused()).hasSize(4);
                assertThat(preflight.data().train().size() + preflight.data().heldOut().size()).isEqualTo(3);
            }
        });
        assertThat(Files.readString(folder.resolve("out/run.json"))).contains("\"rows_read\" : 7",
                "\"rows_refused\" : 4", "mixed.jsonl:4: expected a JSON object, found []");
        assertThatThrownBy(() -> Tuner.run(
                Runs.request(model, file, folder.resolve("none"), options.rows(new RowOptions(60, false, 0.1)), false),
                TrainListener.NONE)).isInstanceOf(DataException.class);
        assertThat(folder.resolve("none")).doesNotExist();
    }

    @Test
    void theExampleShowsWhatIsLearnt() throws IOException {
        Path file = Files.writeString(folder.resolve("good.jsonl"), GOOD + GOOD + GOOD);
        TuneRequest request = Runs.request(TinyModel.write(folder), file, folder.resolve("out"),
                Runs.options(Runs.LORA, 2), false);
        Preflight preflight = Tuner.preflight(request);
        List<Preflight.Example.Piece> pieces = preflight.example().pieces();
        assertThat(pieces).hasSize(2);
        assertThat(pieces.getFirst()).isEqualTo(
                new Preflight.Example.Piece("<s>User:\n1+1?\n\nAssistant:\n", false));
        assertThat(pieces.getLast().text()).startsWith("2</s>");
        assertThat(pieces.getLast().learnt()).isTrue();
        assertThat(preflight.stepsLeft()).isEqualTo(2);
        assertThat(preflight.time()).isPositive();
        assertThat(preflight.memory().total()).isGreaterThan(preflight.memory().heap());
        assertThat(folder.resolve("out")).doesNotExist();
    }
}
