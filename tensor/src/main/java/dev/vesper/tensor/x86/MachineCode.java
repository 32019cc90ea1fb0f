package dev.vesper.tensor.x86;

import dev.vesper.tensor.Format;
import java.util.Optional;

/** All routines, each written when it is first asked for. Thread-safe. */
public final class MachineCode {
    /** The most sums that {@link DotCode} keeps in registers. */
    private static final int MOST_TOKENS = 4;
    /** Bytes that weights are fetched ahead, which the processor does not do far enough by itself. */
    private static final int AHEAD = 2048;

    private static final int AHEAD_OF_HALVES = 4096;
    private static final int FORMATS = Format.values().length;
    private static final boolean[] READS = readable();

    private final Routines dots = new Routines(FORMATS * (MOST_TOKENS + 1) * 2);
    private final Routines unpacks = new Routines(FORMATS);
    private final Routines tiles = new Routines(2 * (X86Layout.TILE_TOKENS + 1));
    private final Routines dotTiles =
            new Routines((X86Layout.DOT_ROWS + 1) * (X86Layout.TILE_TOKENS + 1));
    private final Routines transpose = new Routines(1);

    /** Why it cannot run here, as a clause; empty if it can. */
    public static Optional<String> obstacle() {
        return Processor.obstacle();
    }

    /** Whether blocks of this format can be read. */
    public static boolean reads(Format format) {
        return READS[format.ordinal()];
    }

    /** Elements that a step over the blocks of a format covers. */
    public static int elements(Format format) {
        return Math.max(format.blockSize(), X86Layout.LANES);
    }

    /** Rows that a dot product with so many tokens has in flight. */
    public static int rows(Format format, int tokens) {
        boolean wide = format == Format.F16 || format == Format.BF16 || format == Format.F32;
        return wide || tokens > 2 ? 2 : RowCode.MOST_ROWS;
    }

    /** Dot products of {@link #rows} rows, or of one, with 1 to 4 tokens. */
    public Routine dot(Format format, int tokens, boolean oneRow) {
        int rows = oneRow ? 1 : rows(format, tokens);
        int ahead = format == Format.F16 || format == Format.BF16 ? AHEAD_OF_HALVES : AHEAD;
        int index = (format.ordinal() * (MOST_TOKENS + 1) + tokens) * 2 + (oneRow ? 1 : 0);
        Routine routine = dots.get(index);
        return routine != null ? routine : dots.write(index, () -> DotCode.emit(code(format), rows, tokens, ahead));
    }

    /** Rows of a weight to floats. */
    public Routine unpack(Format format) {
        Routine routine = unpacks.get(format.ordinal());
        return routine != null ? routine : unpacks.write(format.ordinal(), () -> UnpackCode.emit(code(format)));
    }

    public Routine transpose() {
        Routine routine = transpose.get(0);
        return routine != null ? routine : transpose.write(0, TransposeCode::emit);
    }

    /** A tile whose sums are made of lanes, as those of {@link #dot}. */
    public Routine laneTile(int tokens) {
        Routine routine = tiles.get(tokens);
        return routine != null ? routine : tiles.write(tokens, () -> TileCode.emit(tokens, true));
    }

    /** Dot products of groups of 1 to {@link X86Layout#DOT_ROWS} unpacked rows with groups of so many tokens. */
    public Routine dotTile(int rows, int tokens) {
        int index = rows * (X86Layout.TILE_TOKENS + 1) + tokens;
        Routine routine = dotTiles.get(index);
        return routine != null ? routine : dotTiles.write(index, () -> DotTileCode.emit(rows, tokens));
    }

    /** A tile that adds to its sums in order. */
    public Routine tile(int tokens) {
        int index = X86Layout.TILE_TOKENS + 1 + tokens;
        Routine routine = tiles.get(index);
        return routine != null ? routine : tiles.write(index, () -> TileCode.emit(tokens, false));
    }

    private static boolean[] readable() {
        boolean[] reads = new boolean[FORMATS];
        for (Format format : Format.values()) {
            reads[format.ordinal()] = BlockCode.of(format).isPresent();
        }
        return reads;
    }

    private static BlockCode code(Format format) {
        return BlockCode.of(format)
                .orElseThrow(() -> new UnsupportedOperationException("no machine code reads " + format));
    }
}
