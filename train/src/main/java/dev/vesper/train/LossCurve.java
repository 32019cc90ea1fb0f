package dev.vesper.train;

import java.util.Comparator;
import java.util.List;

/**
 * How the losses went.
 *
 * @param steps one for each step
 * @param heldOut in order of steps, beginning with one before the first step
 */
public record LossCurve(List<Point> steps, List<HeldOut> heldOut) {

    /**
     * A step.
     *
     * @param step counted from 1
     * @param loss mean cross-entropy over its targets before the weights changed, in nats
     * @param gradientNorm of the mean gradient, before clipping
     */
    public record Point(int step, double loss, double learningRate, double gradientNorm) {}

    /** The mean loss on the held-out rows after so many steps, in nats. */
    public record HeldOut(int step, double loss) {}

    public LossCurve {
        steps = List.copyOf(steps);
        heldOut = List.copyOf(heldOut);
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
