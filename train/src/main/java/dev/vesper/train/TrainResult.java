package dev.vesper.train;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How a run ended.
 *
 * @param ending why it ended
 * @param seconds in all processes
 * @param tokens positions learnt from
 * @param tokensPerSecond of this process
 */
public record TrainResult(
        RunDirectory directory,
        Ending ending,
        int step,
        int totalSteps,
        LossCurve curve,
        double seconds,
        long tokens,
        double tokensPerSecond,
        long peakMemory) {

    /** Whether nothing is left to do; if not, it was asked to stop and can be resumed. */
    public boolean finished() {
        return ending.finished();
    }

    /** The best weights: a model file, or the folder of an adapter. */
    public Path result() {
        return Files.exists(directory.model()) ? directory.model() : directory.folder();
    }
}
