package dev.vesper.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run that no longer gets better ends, with its best kept. */
class EarlyStopTest {
    private static final int STEPS = 40;
    private static final int PATIENCE = 3;

    @TempDir
    private Path folder;

    private Path model = Path.of("");
    private Path data = Path.of("");

    @BeforeEach
    void write() throws IOException {
        model = TinyModel.write(folder);
        data = Files.writeString(folder.resolve("sums.txt"), Runs.text());
    }

    /** Measured after every step, at a rate that soon makes things worse. */
    private TuneRequest request(String out, int patience, boolean resume) {
        TrainOptions options = Runs.options(Runs.LORA, STEPS)
                .steps(new StepOptions(1, STEPS, 4, 64, 1, patience))
                .schedule(new ScheduleOptions(Schedule.Kind.CONSTANT, 0.3, 0.5));
        return Runs.request(model, data, folder.resolve(out), options, resume);
    }

    @Test
    void theRunEndsWhenNothingBetterWasFoundAndKeepsTheBest() throws IOException {
        TrainResult result = Tuner.run(request("out", PATIENCE, false), TrainListener.NONE);
        assertThat(result.ending()).isEqualTo(Ending.NO_PROGRESS);
        assertThat(result.finished()).isTrue();
        assertThat(result.step()).isLessThan(STEPS).isEqualTo(result.curve().best().step() + PATIENCE);
        assertThat(Files.readString(folder.resolve("out/run.json"))).contains("\"ending\" : \"no_progress\"");
        TrainResult whole = Tuner.run(request("whole", 0, false), TrainListener.NONE);
        assertThat(whole.ending()).isEqualTo(Ending.COMPLETE);
        assertThat(whole.curve().heldOut()).startsWith(result.curve().heldOut().toArray(LossCurve.HeldOut[]::new));
    }

    @Test
    void aResumedRunKeepsTheCount() {
        TrainResult once = Tuner.run(request("once", PATIENCE, false), TrainListener.NONE);
        int best = once.curve().best().step();
        TrainResult part = Tuner.run(request("twice", PATIENCE, false), new TrainListener() {
            private int step;

            @Override
            public void stepped(Progress progress) {
                step = progress.point().step();
            }

            @Override
            public boolean stopRequested() {
                return step >= best + 1;
            }
        });
        assertThat(part.ending()).isEqualTo(Ending.STOPPED);
        TrainResult rest = Tuner.run(request("twice", PATIENCE, true), TrainListener.NONE);
        assertThat(rest.ending()).isEqualTo(Ending.NO_PROGRESS);
        assertThat(rest.step()).isEqualTo(once.step());
        assertThat(folder.resolve("twice/adapter_model.safetensors"))
                .hasSameBinaryContentAs(folder.resolve("once/adapter_model.safetensors"));
    }

    @Test
    void aRunEndsWhenItsTimeIsOver() {
        Conduct conduct = Conduct.defaults().limit(java.time.Duration.ofNanos(1), java.util.List.of());
        TrainResult result = Tuner.run(request("out", 0, false).conduct(conduct), TrainListener.NONE);
        assertThat(result.ending()).isEqualTo(Ending.TIME);
        assertThat(result.step()).isZero();
        assertThat(result.curve().heldOut()).hasSize(1);
    }
}
