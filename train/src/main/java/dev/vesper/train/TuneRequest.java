package dev.vesper.train;

import dev.vesper.data.DataFormat;

import java.nio.file.Path;

/**
 * A run from files to a folder.
 *
 * @param model a GGUF file
 * @param kernels auto, scalar, vector, x86 or x86-f32
 * @param threads 0 for as many as there are processors; changes nothing in the result
 * @param resume whether to go on with the run that the folder holds
 */
public record TuneRequest(
        Path model,
        Path data,
        DataFormat format,
        Path out,
        TrainOptions options,
        CheckpointPace pace,
        String kernels,
        int threads,
        boolean resume,
        Conduct conduct) {

    /** @throws dev.vesper.data.DataException if the file is not of a kind that the objective learns from */
    public TuneRequest {
        options.objective().requireFit(data, format);
    }

    /** Conducted as usual. */
    public TuneRequest(
            Path model,
            Path data,
            DataFormat format,
            Path out,
            TrainOptions options,
            CheckpointPace pace,
            String kernels,
            int threads,
            boolean resume) {
        this(model, data, format, out, options, pace, kernels, threads, resume, Conduct.defaults());
    }

    public TuneRequest conduct(Conduct other) {
        return new TuneRequest(model, data, format, out, options, pace, kernels, threads, resume, other);
    }

    public TuneRequest options(TrainOptions other) {
        return new TuneRequest(model, data, format, out, other, pace, kernels, threads, resume, conduct);
    }

    /** The same, not to be resumed. */
    TuneRequest fromStart() {
        return new TuneRequest(model, data, format, out, options, pace, kernels, threads, false, conduct);
    }
}
