package dev.vesper.train;

import dev.vesper.data.DataException;
import java.util.Map;
import java.util.function.Supplier;

/** Fine-tunes a model: from a model file and a data file to a folder with the result. */
public final class Tuner {
    private Tuner() {}

    /**
     * Trains, or goes on with training.
     *
     * @throws DataException if the data cannot be used
     * @throws TrainException if the run cannot fit into memory, or the folder is in use, or holds another run than the one
     *     to resume, or a loss or gradient is not finite
     */
    public static TrainResult run(TuneRequest request, TrainListener listener) {
        RunDirectory directory = new RunDirectory(request.out());
        try (Preparation preparation = Preparation.of(request)) {
            Map<String, Object> settings = preparation.settings();
            Trainer trainer = preparation.trainer(directory, settings, listener);
            directory.prepare(request.resume());
            if (request.resume() && directory.hasCheckpoint()) {
                trainer.resume();
            }
            RunRecord record = new RunRecord(directory, request, settings, preparation, trainer.size());
            record.write("running");
            return recorded(record, () -> {
                listener.preflight(preparation.preflight(trainer));
                listener.begins(new TrainListener.Plan(
                        preparation.data(), trainer.totalSteps(), trainer.step(), trainer.size(),
                        preparation.backend().describe()));
                return trainer.run();
            });
        }
    }

    /**
     * Finds out what a run would do, need and take, and leaves the folder alone.
     *
     * @throws DataException if the data cannot be used
     * @throws TrainException if the run cannot fit into memory, or is not the one to resume
     */
    public static Preflight preflight(TuneRequest request) {
        RunDirectory directory = new RunDirectory(request.out());
        try (Preparation preparation = Preparation.of(request)) {
            Trainer trainer = preparation.trainer(directory, preparation.settings(), TrainListener.NONE);
            if (request.resume() && directory.hasCheckpoint()) {
                trainer.resume();
            }
            return preparation.preflight(trainer);
        }
    }

    /** A run that fails says so in its record. */
    private static TrainResult recorded(RunRecord record, Supplier<TrainResult> run) {
        try {
            TrainResult result = run.get();
            record.write(result);
            return result;
        } catch (RuntimeException e) {
            record.write("failed: " + e.getMessage());
            throw e;
        }
    }
}
