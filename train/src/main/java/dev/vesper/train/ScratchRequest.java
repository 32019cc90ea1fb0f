package dev.vesper.train;

import dev.vesper.data.DataFormat;
import dev.vesper.train.fresh.Blueprint;
import java.nio.file.Path;

/**
 * A run from a data file alone to a model.
 *
 * @param out a folder for everything that the run makes
 * @param options of which the rows in a step are set to what {@code batchTokens} make
 * @param batchTokens positions to learn from in a step, about
 */
public record ScratchRequest(
        Blueprint blueprint,
        Path data,
        DataFormat format,
        Path out,
        TrainOptions options,
        int batchTokens,
        CheckpointPace pace,
        String kernels,
        int threads,
        boolean resume,
        Conduct conduct) {
    private static final String START = "start.gguf";
    static final String RUN = "run";

    public ScratchRequest {
        if (batchTokens < 1) {
            throw new IllegalArgumentException("batch tokens must be at least 1, got " + batchTokens);
        }
    }

    /** Conducted as usual. */
    public ScratchRequest(
            Blueprint blueprint,
            Path data,
            DataFormat format,
            Path out,
            TrainOptions options,
            int batchTokens,
            CheckpointPace pace,
            String kernels,
            int threads,
            boolean resume) {
        this(blueprint, data, format, out, options, batchTokens, pace, kernels, threads, resume, Conduct.defaults());
    }

    /** The same in another folder, from the start. */
    ScratchRequest in(Path folder) {
        return new ScratchRequest(
                blueprint, data, format, folder, options, batchTokens, pace, kernels, threads, false, conduct);
    }

    /** The model that the run begins with. */
    public Path start() {
        return out.resolve(START);
    }

    /** What the trainer leaves behind. */
    public Path run() {
        return out.resolve(RUN);
    }

    /** The run that is to be made once the start is there. */
    TuneRequest tuning(int batchRows) {
        TrainOptions trained = options.steps(options.steps().batch(batchRows));
        return new TuneRequest(start(), data, format, run(), trained, pace, kernels, threads, resume, conduct);
    }
}
