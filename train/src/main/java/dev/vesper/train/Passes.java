package dev.vesper.train;

import dev.vesper.data.Row;
import java.util.Comparator;
import java.util.List;

/**
 * The largest pass of a run.
 *
 * @param positions that go through the model at a time, at most
 * @param targets of them with a loss, at most
 * @param measured positions of the largest pass over held-out rows
 */
record Passes(int positions, int targets, int measured) {

    /** From the rows themselves: a step takes any {@code batch} of them, a pass as many of these as its budget allows. */
    static Passes of(List<Row> train, List<Row> heldOut, StepOptions steps) {
        return new Passes(
                positions(train, steps.batch(), steps.microBatchTokens()),
                Math.max(
                        largest(train.stream().map(Row::targets).toList(), steps.batch(), steps.microBatchTokens()),
                        largest(heldOut.stream().map(Row::targets).toList(), heldOut.size(),
                                steps.microBatchTokens())),
                positions(heldOut, heldOut.size(), steps.microBatchTokens()));
    }

    /** The same with no pass over so many positions, which shorter rows or smaller micro-batches bring. */
    Passes atMost(int most) {
        return new Passes(Math.min(positions, most), Math.min(targets, most), Math.min(measured, most));
    }

    private static int positions(List<Row> rows, int together, int budget) {
        return largest(rows.stream().map(Row::inputs).toList(), together, budget);
    }

    /** The sum of the largest so many, bounded by the budget, but never less than the largest alone. */
    private static int largest(List<Integer> sizes, int together, int budget) {
        List<Integer> sorted = sizes.stream().sorted(Comparator.reverseOrder()).toList();
        long sum = sorted.stream().limit(together).mapToLong(Integer::longValue).sum();
        return (int) Math.max(Math.min(sum, budget), sorted.isEmpty() ? 0 : sorted.getFirst());
    }
}
