package dev.vesper.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vesper.data.DataFormat;
import dev.vesper.data.RowOptions;
import dev.vesper.llm.ModelFile;
import dev.vesper.train.fresh.Blueprint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model from nothing but a file. */
class ScratchTrainerTest {
    private static final Blueprint BLUEPRINT = new Blueprint("tiny", 300, 32, 2, 2, 1, 64, 48);
    private static final ScratchTrainer.StartListener QUIET = (vocabulary, parameters, rows) -> {};

    @TempDir
    private Path folder;

    private Path data;

    @BeforeEach
    void write() throws IOException {
        StringBuilder rows = new StringBuilder();
        for (int i = 0; i < 60; i++) {
            rows.append("{\"messages\": [{\"role\": \"user\", \"content\": \"How much is ").append(i % 5)
                    .append(" and ")
                    .append(i % 3).append("?\"}, {\"role\": \"assistant\", \"content\": \"It is ").append(i % 5 + i % 3)
                    .append(".\"}]}\n");
        }
        data = Files.writeString(folder.resolve("sums.jsonl"), rows);
    }

    private ScratchRequest request(String out, Blueprint blueprint, int threads, boolean resume) {
        TrainOptions options = new TrainOptions(
                new Method.Full(),
                new RowOptions(blueprint.context(), false, 0.1),
                new StepOptions(1, 40, 1, 512, 20),
                new ScheduleOptions(Schedule.Kind.COSINE, 1e-2, 0.1),
                AdamWOptions.defaults().betas(0.9, 0.95).weightDecay(0.1),
                1,
                5);
        return new ScratchRequest(
                blueprint, data, DataFormat.CHAT, folder.resolve(out), options, 256,
                new CheckpointPace(4, Duration.ofHours(1)), "auto", threads, resume);
    }

    private static byte[] model(ScratchRequest request) throws IOException {
        return Files.readAllBytes(new RunDirectory(request.run()).model());
    }

    @Test
    void theSameCommandGivesTheSameBytesOnOneThreadAndOnTwo() throws IOException {
        ScratchRequest one = request("one", BLUEPRINT, 1, false);
        ScratchRequest two = request("two", BLUEPRINT, 2, false);
        TrainResult result = ScratchTrainer.run(one, QUIET, TrainListener.NONE);
        ScratchTrainer.run(two, QUIET, TrainListener.NONE);
        assertThat(result.curve().best().loss()).isLessThan(0.5 * result.curve().start().loss());
        assertThat(Files.readAllBytes(two.start())).isEqualTo(Files.readAllBytes(one.start()));
        assertThat(model(two)).isEqualTo(model(one));
    }

    @Test
    void anInterruptedRunEndsWithTheSameBytes() throws IOException {
        ScratchRequest whole = request("whole", BLUEPRINT, 2, false);
        ScratchTrainer.run(whole, QUIET, TrainListener.NONE);
        TrainListener stopAtStepNine = new TrainListener() {
            private boolean stop;

            @Override
            public void stepped(Progress progress) {
                stop = progress.point().step() == 9;
            }

            @Override
            public boolean stopRequested() {
                return stop;
            }
        };
        TrainResult stopped =
                ScratchTrainer.run(request("cut", BLUEPRINT, 2, false), QUIET, stopAtStepNine);
        assertThat(stopped.finished()).isFalse();
        assertThat(stopped.step()).isEqualTo(9);
        ScratchRequest resumed = request("cut", BLUEPRINT, 2, true);
        assertThat(ScratchTrainer.run(resumed, QUIET, TrainListener.NONE).finished()).isTrue();
        assertThat(model(resumed)).isEqualTo(model(whole));
    }

    @Test
    void aStartOfAnotherRunIsNotResumed() {
        ScratchTrainer.run(request("out", BLUEPRINT, 2, false), QUIET, TrainListener.NONE);
        Blueprint wider = new Blueprint("tiny", 300, 64, 2, 2, 1, 64, 48);
        assertThatThrownBy(() -> ScratchTrainer.run(request("out", wider, 2, true), QUIET, TrainListener.NONE))
                .isInstanceOf(TrainException.class)
                .hasMessageContaining("\"dim\":32")
                .hasMessageContaining("\"dim\":64");
        assertThatThrownBy(() -> ScratchTrainer.run(request("out", BLUEPRINT, 2, false), QUIET, TrainListener.NONE))
                .isInstanceOf(TrainException.class)
                .hasMessageContaining("--resume");
        assertThatThrownBy(() -> ScratchTrainer.run(request("none", BLUEPRINT, 2, true), QUIET, TrainListener.NONE))
                .isInstanceOf(TrainException.class)
                .hasMessageContaining("no run to resume");
    }

    @Test
    void theStartHasTheShapeOfItsBlueprint() {
        ScratchRequest request = request("out", BLUEPRINT, 2, false);
        ScratchTrainer.run(request, (vocabulary, parameters, rows) -> {
            assertThat(vocabulary.vocabulary().size()).isEqualTo(300);
            assertThat(rows).isBetween(8, 24);
            try (ModelFile file = ModelFile.open(request.start())) {
                assertThat(file.checkpoint().tensors().values().stream().mapToLong(tensor -> tensor.elements()).sum())
                        .isEqualTo(parameters);
                assertThat(file.model().shape().dim()).isEqualTo(32);
                assertThat(file.hasTemplate()).isTrue();
            }
        }, TrainListener.NONE);
    }

    @Test
    void impossibleShapesAreRefusedWithTheNumbers() {
        assertThatThrownBy(() -> new Blueprint("x", 300, 30, 2, 4, 2, 64, 48))
                .hasMessageContaining("dim 30 must be a multiple of twice the heads, 4");
        assertThatThrownBy(() -> new Blueprint("x", 300, 32, 2, 4, 3, 64, 48))
                .hasMessageContaining("heads 4 must be a multiple of key-value heads 3");
        assertThatThrownBy(() -> new Blueprint("x", 300, 32, 0, 4, 2, 64, 48)).hasMessageContaining("layers 0");
    }
}
