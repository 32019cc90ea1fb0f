package dev.vesper.train;

import dev.vesper.data.DataException;
import dev.vesper.llm.file.ModelFileException;
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
     *     to resume, or a loss or gradient is not finite, or memory or the disk is full
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
            record.begin();
            return recorded(record, trainer, () -> {
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

    /** A run that fails says so in its record, and what was saved before. */
    private static TrainResult recorded(RunRecord record, Trainer trainer, Supplier<TrainResult> run) {
        try {
            TrainResult result = run.get();
            record.write(result);
            RunReport.write(PastRun.read(result.directory().folder()));
            return result;
        } catch (ModelFileException e) {
            throw failed(record, new TrainException("step %d: %s; %s"
                    .formatted(trainer.step(), e.getMessage(), saved(trainer, "make room")), e));
        } catch (OutOfMemoryError e) {
            throw failed(record, new TrainException(
                    "step %d: out of memory, of which Java may take %d MiB: %s; %s".formatted(
                            trainer.step(), Runtime.getRuntime().maxMemory() >> 20, e.getMessage(),
                            saved(trainer, "give Java more (VESPER_JAVA_OPTS=-Xmx...) or take --low-memory")),
                    e));
        } catch (RuntimeException e) {
            throw failed(record, e);
        }
    }

    private static String saved(Trainer trainer, String remedy) {
        return trainer.savedStep() < 0
                ? "nothing was saved yet; %s and begin again".formatted(remedy)
                : "what was saved after step %d is untouched; %s and go on with --resume"
                        .formatted(trainer.savedStep(), remedy);
    }

    /** The record may not be writable for the same reason. */
    private static RuntimeException failed(RunRecord record, RuntimeException reason) {
        try {
            record.fail(String.valueOf(reason.getMessage()));
        } catch (RuntimeException | OutOfMemoryError e) {
            reason.addSuppressed(e);
        }
        return reason;
    }
}
