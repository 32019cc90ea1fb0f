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
            case Q5_K -> Optional.of(new Q5_KCode());
            case IQ4_XS -> Optional.of(new IQ4_XSCode());
            case IQ4_NL -> Optional.of(new IQ4_NLCode());
            case Q5_0 -> Optional.of(new Q5_0Code());
            case Q4_1 -> Optional.of(new Q4_1Code());
            case Q5_1 -> Optional.of(new Q5_1Code());
            case Q3_K -> Optional.of(new Q3_KCode());
            case Q2_K -> Optional.of(new Q2_KCode());
            case MXFP4 -> Optional.of(new MXFP4Code());
            case TQ2_0 -> Optional.of(new TQ2_0Code());
            case TQ1_0 -> Optional.of(new TQ1_0Code());
            default -> Optional.empty();
        };
    }
}
