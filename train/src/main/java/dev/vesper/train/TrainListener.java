package dev.vesper.train;

import dev.vesper.data.Data;

import java.nio.file.Path;
import java.time.Duration;

/** Hears what happens in a run, on the thread that trains, and may stop it. */
public interface TrainListener {
    /** Hears nothing, stops nothing. */
    TrainListener NONE = new TrainListener() {};

    /**
     * What a run is about to do.
     *
     * @param resumedAt steps that were made before
     * @param parameters numbers that are trained
     */
    record Plan(Data data, int totalSteps, int resumedAt, long parameters, String backend) {}

    /**
     * Where a run is.
     *
     * @param epoch counted from 1
     * @param heldOutLoss the last one measured
     * @param bestLoss the lowest one measured
     * @param tokensPerSecond positions learnt from in a second of this process, measuring not counted
     * @param left estimated
     * @param peakMemory bytes of memory that the process has taken at most
     */
    record Progress(
            LossCurve.Point point,
            int totalSteps,
            int epoch,
            double heldOutLoss,
            double bestLoss,
            double tokensPerSecond,
            Duration left,
            long peakMemory) {}

    /** What the run will need and take; before anything is learnt. */
    default void preflight(Preflight preflight) {}

    default void begins(Plan plan) {}

    /** The model before training was asked for so many of all answers that have to be known. */
    default void referenced(int answers, int total) {}

    /**
     * How well chosen answers are told from rejected ones; heard before the step or measurement itself, and only when
     * preferences are learnt.
     *
     * @param heldOut whether of held-out rows, else of those of the step
     */
    default void preferred(LossCurve.Margin margin, boolean heldOut) {}

    default void stepped(Progress progress) {}

    /** @param best whether no loss before was lower, and the weights have therefore been saved as the result */
    default void measured(LossCurve.HeldOut heldOut, boolean best) {}

    /** A checkpoint was written. */
    default void saved(Path checkpoint, int step) {}

    /** Whether to write a checkpoint and end; asked before each step. */
    default boolean stopRequested() {
        return false;
    }
}
