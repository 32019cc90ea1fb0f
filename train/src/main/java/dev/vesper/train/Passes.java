package dev.vesper.train;

import dev.vesper.data.Data;
import dev.vesper.data.Row;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The largest pass of a run.
 *
 * @param positions that go through the model at a time, at most
 * @param targets of them with a loss, at most
 * @param measured positions of the largest pass over held-out rows
 */
record Passes(int positions, int targets, int measured) {

    /**
     * From the rows themselves: a step takes any {@code batch} of them, a pass as many of these as its budget allows.
     * Where the model is asked before training, it is asked about all rows.
     */
    static Passes of(Data data, Objective objective, StepOptions steps) {
        int budget = steps.microBatchTokens();
        List<Row> measured = objective.referenced()
                ? Stream.concat(data.train().stream(), data.heldOut().stream()).toList()
                : data.heldOut();
        return new Passes(
                largest(sizes(data.train(), objective, Row::inputs), steps.batch(), budget),
                Math.max(
                        largest(sizes(data.train(), objective, Row::targets), steps.batch(), budget),
                        largest(measured.stream().map(Row::targets).toList(), measured.size(), budget)),
                largest(measured.stream().map(Row::inputs).toList(), measured.size(), budget));
    }

    /** Of the rows, those that are learnt from together added up. */
    private static List<Integer> sizes(List<Row> rows, Objective objective, ToIntFunction<Row> size) {
        int together = objective.rowsTogether();
        return IntStream.range(0, rows.size() / together)
                .mapToObj(i -> rows.subList(i * together, (i + 1) * together).stream().mapToInt(size).sum())
                .toList();
    }

    /** The same with no pass over so many positions, which shorter rows or smaller micro-batches bring. */
    Passes atMost(int most) {
        return new Passes(Math.min(positions, most), Math.min(targets, most), Math.min(measured, most));
    }

    /** The sum of the largest so many, bounded by the budget, but never less than the largest alone. */
    private static int largest(List<Integer> sizes, int together, int budget) {
        List<Integer> sorted = sizes.stream().sorted(Comparator.reverseOrder()).toList();
        long sum = sorted.stream().limit(together).mapToLong(Integer::longValue).sum();
        return (int) Math.max(Math.min(sum, budget), sorted.isEmpty() ? 0 : sorted.getFirst());
    }
}
