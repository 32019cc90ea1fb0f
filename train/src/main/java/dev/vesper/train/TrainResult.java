package dev.vesper.train;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How a run ended.
 *
 * @param finished whether all steps were made; if not, it was asked to stop and can be resumed
 * @param seconds in all processes
 * @param tokens positions learnt from
 * @param tokensPerSecond of this process
 */
public record TrainResult(
        RunDirectory directory,
        boolean finished,
        int step,
        int totalSteps,
        LossCurve curve,
        double seconds,
        long tokens,
        double tokensPerSecond,
        long peakMemory) {

    /** The best weights: a model file, or the folder of an adapter. */
    public Path result() {
        return Files.exists(directory.model()) ? directory.model() : directory.folder();
    }
}
