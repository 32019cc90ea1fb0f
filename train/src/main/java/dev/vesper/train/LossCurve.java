package dev.vesper.train;

import java.util.Comparator;
import java.util.List;

/**
 * How the losses went.
 *
 * @param steps one for each step
 * @param heldOut in order of steps, beginning with one before the first step
 * @param margins at the same steps; empty unless preferences are learnt
 * @param heldOutMargins at the same steps; empty unless preferences are learnt
 */
public record LossCurve(
        List<Point> steps, List<HeldOut> heldOut, List<Margin> margins, List<Margin> heldOutMargins) {

    /**
     * A step.
     *
     * @param step counted from 1
     * @param loss mean cross-entropy over its targets before the weights changed, in nats
     * @param gradientNorm of the mean gradient, before clipping
     */
    public record Point(int step, double loss, double learningRate, double gradientNorm) {}

    /**
     * How well answers that were chosen are told from those that were rejected.
     *
     * @param margin in the mean over pairs or answers, as the {@link Objective} has it
     * @param accuracy the share with a margin above 0; one of exactly 0 counts half
     */
    public record Margin(int step, double margin, double accuracy) {}

    /** The mean loss on the held-out rows after so many steps, in nats. */
    public record HeldOut(int step, double loss) {}

    public LossCurve {
        steps = List.copyOf(steps);
        heldOut = List.copyOf(heldOut);
        margins = List.copyOf(margins);
        heldOutMargins = List.copyOf(heldOutMargins);
    }

    /** Without preferences. */
    public LossCurve(List<Point> steps, List<HeldOut> heldOut) {
        this(steps, heldOut, List.of(), List.of());
    }

    /** The lowest loss on held-out rows, the first of equals. */
    public HeldOut best() {
        return heldOut.stream().min(Comparator.comparingDouble(HeldOut::loss)).orElseThrow();
    }

    /** The loss on held-out rows before the first step. */
    public HeldOut start() {
        return heldOut.getFirst();
    }
}
