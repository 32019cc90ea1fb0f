package dev.vesper.tensor.x86;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;

/**
 * The routines for products of weights in {@link dev.vesper.tensor.Format#Q4_0} with activations that were rounded to
 * integers, each written when it is first asked for. Thread-safe.
 */
public final class IntegerCode {
    /** Tokens of {@link #dot} at most. */
    public static final int MOST_TOKENS = IntegerDotCode.MOST_TOKENS;

    private final AtomicReferenceArray<Routine> dots = new AtomicReferenceArray<>(2 * (MOST_TOKENS + 1));
    private final AtomicReferenceArray<Routine> tiles = new AtomicReferenceArray<>(X86Layout.TILE_TOKENS + 1);
    private final AtomicReferenceArray<Routine> rounds = new AtomicReferenceArray<>(2);
    private final AtomicReferenceArray<Routine> panels = new AtomicReferenceArray<>(1);

    /** Whether this processor has the instructions; only where machine code can run at all. */
    public static boolean isThere() {
        return Processor.hasIntegerProducts();
    }

    /** Rows that a dot product with so many tokens has in flight. */
    public static int rows(int tokens) {
        return IntegerDotCode.rows(tokens);
    }

    /** Dot products of {@link #rows} rows, or of one, with 1 to 4 tokens. */
    public Routine dot(int tokens, boolean oneRow) {
        int rows = oneRow ? 1 : rows(tokens);
        return get(dots, 2 * tokens + (oneRow ? 1 : 0), () -> IntegerDotCode.emit(rows, tokens));
    }

    /** Rounds activations for {@link #tile}, or for {@link #dot}. */
    public Routine round(boolean forTiles) {
        return get(rounds, forTiles ? 1 : 0, () -> RoundCode.emit(forTiles));
    }

    /** Sixteen rows to a quarter of a panel. */
    public Routine panel() {
        return get(panels, 0, IntegerPanelCode::emit);
    }

    /** A panel of 64 rows with 1 to 6 tokens. */
    public Routine tile(int tokens) {
        return get(tiles, tokens, () -> IntegerTileCode.emit(tokens));
    }

    /** Two threads may write the same routine; one of them is used. */
    private static Routine get(AtomicReferenceArray<Routine> routines, int index, Supplier<byte[]> code) {
        Routine routine = routines.get(index);
        if (routine != null) {
            return routine;
        }
        Routine made = new Routine(code.get());
        return routines.compareAndSet(index, null, made) ? made : routines.get(index);
    }
}
