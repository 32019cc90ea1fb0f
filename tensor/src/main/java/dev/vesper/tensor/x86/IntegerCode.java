package dev.vesper.tensor.x86;

import dev.vesper.tensor.Format;
import java.util.Optional;

/**
 * The routines for products of weights in one format with activations that were rounded to integers, each written when it is
 * first asked for. Thread-safe.
 */
public final class IntegerCode {
    /** Tokens of {@link #dot} at most. */
    public static final int MOST_TOKENS = IntegerDotCode.MOST_TOKENS;

    private final Format format;
    private final IntegerLayout layout;
    private final Routines dots = new Routines(2 * (MOST_TOKENS + 1));
    private final Routines tiles = new Routines(X86Layout.TILE_TOKENS + 1);
    private final Routines rounds = new Routines(2);
    private final Routines panels = new Routines(1);

    private IntegerCode(Format format, IntegerLayout layout) {
        this.format = format;
        this.layout = layout;
    }

    /** One for each routine: it keeps registers while one is written. */
    private IntegerBlocks blocks() {
        return IntegerBlocks.of(format).orElseThrow();
    }

    /** The routines for a format, empty if there are none. */
    public static Optional<IntegerCode> of(Format format) {
        return IntegerBlocks.of(format).map(blocks -> new IntegerCode(format, blocks.layout()));
    }

    /** Whether this processor has the instructions; only where machine code can run at all. */
    public static boolean isThere() {
        return Processor.hasIntegerProducts();
    }

    /** How activations and panels lie in memory. */
    public IntegerLayout layout() {
        return layout;
    }

    /** Rows that a dot product with so many tokens has in flight. */
    public static int rows(int tokens) {
        return IntegerDotCode.rows(tokens);
    }

    /** Dot products of {@link #rows} rows, or of one, with 1 to 4 tokens. */
    public Routine dot(int tokens, boolean oneRow) {
        int rows = oneRow ? 1 : rows(tokens);
        int index = 2 * tokens + (oneRow ? 1 : 0);
        Routine routine = dots.get(index);
        return routine != null ? routine : dots.write(index, () -> IntegerDotCode.emit(blocks(), rows, tokens));
    }

    /** Rounds activations for {@link #tile}, or for {@link #dot}. */
    public Routine round(boolean forTiles) {
        int index = forTiles ? 1 : 0;
        Routine routine = rounds.get(index);
        return routine != null ? routine : rounds.write(index, () -> RoundCode.emit(blocks(), forTiles));
    }

    /** Sixteen rows to a quarter of a panel. */
    public Routine panel() {
        Routine routine = panels.get(0);
        return routine != null ? routine : panels.write(0, () -> IntegerPanelCode.emit(blocks()));
    }

    /** A panel of 64 rows with 1 to 6 tokens. */
    public Routine tile(int tokens) {
        Routine routine = tiles.get(tokens);
        return routine != null ? routine : tiles.write(tokens, () -> IntegerTileCode.emit(layout, tokens));
    }
}
