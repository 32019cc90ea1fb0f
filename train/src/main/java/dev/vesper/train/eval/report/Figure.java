package dev.vesper.train.eval.report;

import dev.vesper.train.eval.Estimate;
import dev.vesper.train.eval.Verdict;
import java.util.List;

/**
 * A number with its interval.
 *
 * @param label what was measured
 * @param of whose number it is
 * @param method how the interval was made
 * @param verdicts what a difference lets one say; empty for a number that is no difference
 */
public record Figure(String label, String of, Estimate estimate, Unit unit, String method, List<Verdict> verdicts) {
    public Figure {
        verdicts = List.copyOf(verdicts);
    }

    /** The number of one model. */
    public static Figure of(String label, String of, Estimate estimate, Unit unit, String method) {
        return new Figure(label, of, estimate, unit, method, List.of());
    }

    /** A difference of two. */
    public static Figure difference(
            String label, String of, Estimate estimate, Unit unit, String method, Verdict verdict) {
        return new Figure(label, of, estimate, unit, method, List.of(verdict));
    }

    public boolean isDifference() {
        return !verdicts.isEmpty();
    }

    /** The value with its unit. */
    public String value() {
        if (Double.isNaN(estimate.value())) {
            return "none";
        }
        String digits = isDifference() ? unit.signed(estimate.value()) : unit.digits(estimate.value());
        return unit == Unit.PERCENT ? digits + " %" : digits + " " + unit.words();
    }

    /** The interval, without the unit. */
    public String interval() {
        if (!estimate.bounded()) {
            return "none";
        }
        return isDifference()
                ? "%s to %s".formatted(unit.signed(estimate.low()), unit.signed(estimate.high()))
                : "%s to %s".formatted(unit.digits(estimate.low()), unit.digits(estimate.high()));
    }
}
