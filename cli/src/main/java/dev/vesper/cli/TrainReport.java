package dev.vesper.cli;

import dev.vesper.train.LossCurve;
import dev.vesper.train.LossPlot;
import dev.vesper.train.TrainResult;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;

/**
 * How the training of a model from scratch ended.
 *
 * @param heldOutLossBest of the float32 model
 * @param heldOutLossWritten of the model in its format, read back from the file
 */
record TrainReport(
        String model,
        String format,
        long bytes,
        int steps,
        int bestStep,
        double heldOutLossAtStart,
        double heldOutLossBest,
        double heldOutLossWritten,
        double seconds,
        long tokens,
        double tokensPerSecond,
        long peakMemoryBytes) {
    private static final int PLOT_COLUMNS = 72;
    private static final int PLOT_LINES = 12;

    static TrainReport of(TrainResult result, Path model, long bytes, Mixture mixture, double lossWritten) {
        LossCurve curve = result.curve();
        return new TrainReport(
                model.toString(),
                mixture.name(),
                bytes,
                result.step(),
                curve.best().step(),
                curve.start().loss(),
                curve.best().loss(),
                lossWritten,
                result.seconds(),
                result.tokens(),
                result.tokensPerSecond(),
                result.peakMemory());
    }

    void print(LossCurve curve, PrintWriter to) {
        to.print(LossPlot.of(curve, PLOT_COLUMNS, PLOT_LINES));
        to.printf(Locale.ROOT, "held-out loss %.4f -> %.4f at step %d of %d; written as %s and read back: %.4f%n",
                heldOutLossAtStart, heldOutLossBest, bestStep, steps, format, heldOutLossWritten);
        to.printf(Locale.ROOT, "%s, %d tokens, %.0f tokens/s, peak memory %s%n",
                TuneProgress.time(Duration.ofMillis((long) (1000 * seconds))), tokens, tokensPerSecond,
                Sizes.of(peakMemoryBytes));
        to.printf(Locale.ROOT, "%s  %s%n", model, Sizes.of(bytes));
    }
}
