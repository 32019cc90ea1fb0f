package dev.vesper.llm.layer;

import dev.vesper.tensor.op.KeyValueCache;
import dev.vesper.tensor.op.Span;
import java.util.ArrayList;
import java.util.List;

/**
 * The tokens of one pass, sequences end to end.
 *
 * @param tokens a token id for each row
 * @param spans which rows belong to which sequence, in order, covering all rows
 * @param wanted the rows whose output is asked for: the last of a sequence when generating, those with a target when
 *     training
 */
public record Batch(int[] tokens, List<Span> spans, int[] wanted) {
    public Batch {
        int row = 0;
        for (int s = 0; s < spans.size(); s++) {
            Span span = spans.get(s);
            if (span.row() != row) {
                throw new IllegalArgumentException("span %s should begin at row %d".formatted(span, row));
            }
            row += span.rows();
        }
        if (row != tokens.length) {
            throw new IllegalArgumentException("spans cover %d rows of %d".formatted(row, tokens.length));
        }
        spans = List.copyOf(spans);
    }

    /** Whole sequences without a cache, all rows wanted. */
    public static Batch whole(List<int[]> sequences) {
        int rows = sequences.stream().mapToInt(sequence -> sequence.length).sum();
        int[] tokens = new int[rows];
        int[] wanted = new int[rows];
        List<Span> spans = new ArrayList<>();
        int row = 0;
        for (int[] sequence : sequences) {
            System.arraycopy(sequence, 0, tokens, row, sequence.length);
            spans.add(new Span(row, sequence.length, 0, KeyValueCache.NONE));
            row += sequence.length;
        }
        java.util.Arrays.setAll(wanted, i -> i);
        return new Batch(tokens, spans, wanted);
    }

    /** The position of each row in its sequence. */
    public int[] positions() {
        int[] positions = new int[tokens.length];
        for (int s = 0; s < spans.size(); s++) {
            Span span = spans.get(s);
            for (int i = 0; i < span.rows(); i++) {
                positions[span.row() + i] = span.position() + i;
            }
        }
        return positions;
    }
}
