package dev.vesper.train;

import dev.vesper.data.DataFormat;
import dev.vesper.data.RowOptions;
import java.nio.file.Path;
import java.time.Duration;

/** A run in a process of its own, whose memory is looked at. */
final class PeakRun {
    private PeakRun() {}

    public static void main(String[] arguments) {
        boolean small = arguments[2].endsWith("resident");
        int sequence = small ? 256 : 512;
        TrainOptions options = Runs.options(new Method.Lora(16, 32, Method.Lora.ALL), 2);
        TuneRequest request = new TuneRequest(
                Path.of(arguments[0]),
                Path.of(arguments[1]),
                DataFormat.TEXT,
                Path.of(arguments[2]),
                new TrainOptions(
                        options.method(),
                        new RowOptions(sequence, false, 0.1),
                        new StepOptions(1, 2, 4, 4 * sequence, 5),
                        options.schedule(),
                        options.optimizer(),
                        1,
                        1),
                new CheckpointPace(0, Duration.ofHours(1)),
                "auto",
                2,
                false);
        try (Preparation preparation = Preparation.of(request)) {
            RunDirectory directory = new RunDirectory(request.out());
            // Not through the tuner, which would refuse what is meant to fail here.
            Trainer trainer = preparation.unchecked(directory, preparation.settings(), TrainListener.NONE);
            directory.prepare(false);
            trainer.run();
            System.out.println("peak " + Machine.peakMemory());
        }
    }
}
