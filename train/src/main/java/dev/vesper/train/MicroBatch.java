package dev.vesper.train;

import dev.vesper.data.Row;

import dev.vesper.llm.layer.Batch;
import dev.vesper.tensor.op.KeyValueCache;
import dev.vesper.tensor.op.Span;
import java.util.ArrayList;
import java.util.List;

/**
 * Rows that go through the model together, end to end without padding; each attends to itself only.
 *
 * @param targets a token for each wanted row of the batch
 * @param origins for each target, which of {@code rows} it is of
 */
record MicroBatch(List<Row> rows, Batch batch, int[] targets, int[] origins) {

    /**
     * Packs rows in their order: each micro-batch takes as many as fit.
     *
     * @param budget the most positions of a micro-batch; what is longer has one to itself
     */
    static List<MicroBatch> pack(List<Row> rows, int budget) {
        return pack(rows, 1, budget);
    }

    /** The same; each {@code size} neighbours go together, the two answers of a pair for example. */
    static List<MicroBatch> pack(List<Row> rows, int size, int budget) {
        List<MicroBatch> batches = new ArrayList<>();
        List<Row> together = new ArrayList<>();
        int used = 0;
        for (int i = 0; i < rows.size(); i += size) {
            List<Row> next = rows.subList(i, i + size);
            int more = next.stream().mapToInt(Row::inputs).sum();
            if (!together.isEmpty() && used + more > budget) {
                batches.add(of(List.copyOf(together)));
                together.clear();
                used = 0;
            }
            together.addAll(next);
            used += more;
        }
        if (!together.isEmpty()) {
            batches.add(of(List.copyOf(together)));
        }
        return batches;
    }

    private static MicroBatch of(List<Row> rows) {
        int inputs = rows.stream().mapToInt(Row::inputs).sum();
        int supervised = rows.stream().mapToInt(Row::targets).sum();
        int[] tokens = new int[inputs];
        int[] wanted = new int[supervised];
        int[] targets = new int[supervised];
        int[] origins = new int[supervised];
        List<Span> spans = new ArrayList<>();
        int at = 0;
        int target = 0;
        for (int r = 0; r < rows.size(); r++) {
            Row row = rows.get(r);
            System.arraycopy(row.tokens(), 0, tokens, at, row.inputs());
            spans.add(new Span(at, row.inputs(), 0, KeyValueCache.NONE));
            for (int i = 0; i < row.inputs(); i++) {
                if (row.supervised()[i + 1]) {
                    wanted[target] = at + i;
                    targets[target] = row.tokens()[i + 1];
                    origins[target] = r;
                    target++;
                }
            }
            at += row.inputs();
        }
        return new MicroBatch(rows, new Batch(tokens, spans, wanted), targets, origins);
    }

    int inputs() {
        return batch.tokens().length;
    }
}
