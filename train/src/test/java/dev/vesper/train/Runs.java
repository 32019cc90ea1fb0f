package dev.vesper.train;

import dev.vesper.data.DataFormat;
import dev.vesper.data.RowOptions;
import java.nio.file.Path;
import java.time.Duration;

/** Requests of small runs. */
final class Runs {
    static final Method LORA = new Method.Lora(4, 8, Method.Lora.ALL);

    private Runs() {}

    static TrainOptions options(Method method, int steps) {
        return new TrainOptions(
                method,
                new RowOptions(32, false, 0.1),
                new StepOptions(1, steps, 4, 64, 5),
                new ScheduleOptions(Schedule.Kind.COSINE, 5e-3, 0.1),
                AdamWOptions.defaults().weightDecay(0.01),
                1,
                11);
    }

    static TuneRequest request(Path model, Path data, Path out, TrainOptions options, boolean resume) {
        return new TuneRequest(
                model,
                data,
                DataFormat.of(data),
                out,
                options,
                new CheckpointPace(3, Duration.ofHours(1)),
                "auto",
                2,
                resume);
    }

    static String text() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 90; i++) {
            text.append("the sum of ").append(i).append(" and ").append(i).append(" is ").append(2 * i).append(".\n");
        }
        return text.toString();
    }
}
