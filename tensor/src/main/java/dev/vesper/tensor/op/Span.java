package dev.vesper.tensor.op;

/**
 * The rows of a batch that belong to one sequence: rows {@code [row, row + rows)} are its positions {@code [position,
 * position + rows)}.
 *
 * @param cache where earlier keys and values lie and new ones go; {@link KeyValueCache#NONE} for a sequence that is
 *     processed whole, from position 0
 */
public record Span(int row, int rows, int position, KeyValueCache cache) {
    public Span {
        if (rows < 1 || row < 0 || position < 0 || (cache == KeyValueCache.NONE && position != 0)) {
            throw new IllegalArgumentException("span of %d rows from row %d at position %d with %s is impossible"
                    .formatted(rows, row, position, cache == KeyValueCache.NONE ? "no cache" : "a cache"));
        }
    }
}
