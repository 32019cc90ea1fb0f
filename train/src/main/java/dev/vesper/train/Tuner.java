package dev.vesper.train;

import dev.vesper.data.Data;
import dev.vesper.data.DataException;
import dev.vesper.data.Hashes;
import dev.vesper.llm.Backend;
import dev.vesper.llm.ModelFile;
import java.lang.foreign.Arena;
import java.util.LinkedHashMap;
import java.util.Map;

/** Fine-tunes a model: from a model file and a data file to a folder with the result. */
public final class Tuner {
    private Tuner() {}

    /**
     * Trains, or goes on with training.
     *
     * @throws DataException if the data cannot be used
     * @throws TrainException if the folder is in use, or holds another run than the one to resume, or a loss or
     *     gradient is not finite
     */
    public static TrainResult run(TuneRequest request, TrainListener listener) {
        RunDirectory directory = new RunDirectory(request.out());
        TrainOptions options = request.options();
        try (ModelFile model = ModelFile.open(request.model());
                Backend backend = Backend.of(request.kernels(), request.threads());
                Arena arena = Arena.ofShared()) {
            Data data = Data.read(request.data(), request.format(), model, options.rows(), options.seed());
            Map<String, Object> settings = settings(request, data, backend);
            Trainee trainee = Trainee.of(model, options.method(), options.seed(), backend, arena);
            Trainer trainer =
                    new Trainer(trainee, data, options, settings, directory, request.pace(), listener, backend);
            directory.prepare(request.resume());
            if (request.resume() && directory.hasCheckpoint()) {
                trainer.resume();
            }
            RunRecord record = new RunRecord(directory, request, settings, data, model, trainer.size(), backend);
            record.write("running");
            listener.begins(new TrainListener.Plan(
                    data, trainer.totalSteps(), trainer.step(), trainer.size(), backend.describe()));
            return run(trainer, record);
        }
    }

    private static TrainResult run(Trainer trainer, RunRecord record) {
        try {
            TrainResult result = trainer.run();
            record.write(result);
            return result;
        } catch (RuntimeException e) {
            record.write("failed: " + e.getMessage());
            throw e;
        }
    }

    /** What decides the bits of the result. */
    private static Map<String, Object> settings(TuneRequest request, Data data, Backend backend) {
        Map<String, Object> settings = new LinkedHashMap<>(request.options().settings());
        settings.put("kernels", backend.choice().kernels().description());
        settings.put("data_format", data.format().name().toLowerCase(java.util.Locale.ROOT));
        settings.put("data_sha256", data.sha256());
        settings.put("model_sha256", Hashes.sha256(request.model()));
        return settings;
    }
}
