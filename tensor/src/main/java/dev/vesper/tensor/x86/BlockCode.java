package dev.vesper.tensor.x86;

import dev.vesper.tensor.Format;
import java.util.Optional;

/**
 * Emits the code that turns blocks of one format into vectors of sixteen floats, each the very float that the scalar codec
 * gives. What is done with them, and the loop, is the caller's: {@link DotCode} multiplies, {@link UnpackCode} stores.
 */
interface BlockCode {
    /** Elements that the code covers at a time: a block, or sixteen where a format has no blocks. */
    int elements();

    /** Bytes of that many elements. */
    int bytes();

    /** Called once, before the loop: loads constants. */
    default void prepare(RowCode rows) {}

    /** Called for each block and row, before its vectors. */
    default void begin(RowCode rows, int row) {}

    /** Puts the elements {@code [16 * index, 16 * index + 16)} of the block into {@code to}; in order for each row. */
    void vector(RowCode rows, int row, int index, int to);

    /** The code of a format, empty if it has none. */
    static Optional<BlockCode> of(Format format) {
        return switch (format) {
            case F32 -> Optional.of(new PlainCode(Format.F32));
            case F16 -> Optional.of(new PlainCode(Format.F16));
            case BF16 -> Optional.of(new PlainCode(Format.BF16));
            case Q8_0 -> Optional.of(new Q8_0Code());
            case Q4_0 -> Optional.of(new Q4_0Code());
            case Q4_K -> Optional.of(new Q4_KCode());
            case Q6_K -> Optional.of(new Q6_KCode());
            default -> Optional.empty();
        };
    }
}
