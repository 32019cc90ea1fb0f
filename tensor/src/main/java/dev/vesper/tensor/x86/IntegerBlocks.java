package dev.vesper.tensor.x86;

import dev.vesper.tensor.Format;
import java.util.Optional;

/**
 * Emits what products of integers need of one format: its weights as integers without a sign, or as words with one, and the
 * scales of its blocks. The loops are {@link IntegerDotCode}'s and {@link IntegerPanelCode}'s.
 */
interface IntegerBlocks {
    Format format();

    IntegerLayout layout();

    /** What has to be taken from the unsigned integers of {@link #four}: 0 for formats with minima. */
    int zeroPoint();

    /** Whether a pair of words is of columns p and p + 16, and not 2 p and 2 p + 1. */
    default boolean distantPairs() {
        return false;
    }

    /** Loads constants, before the loop of a dot product. */
    void prepare(IntegerDotCode code);

    /**
     * The weights of four blocks of a group, those that come out {@code four}-th, as bytes without a sign. Called in order.
     *
     * @param at where the group of the row begins
     */
    void four(IntegerDotCode code, IntegerRegisters row, Address at, int four);

    /**
     * The scales of a group, and its minima, as floats in {@link IntegerLayout#order}. Called after all of {@link #four}.
     */
    void scales(IntegerDotCode code, IntegerRegisters row, Address at);

    /** Blocks that a step of a panel covers: those of a block of the format. */
    default int stepBlocks() {
        return format().blockSize() / layout().block();
    }

    /** Loads constants, before the loop of a panel. */
    void prepare(IntegerPanelCode code);

    /** Sixteen pairs of words of a row: the columns {@code [32 * part, 32 * part + 32)} of a step, to register {@code row}. */
    void words(IntegerPanelCode code, int row, int part);

    /** Scales, and minima, of all blocks of the step and all rows: {@link IntegerPanelCode#storeNumbers}, or {@link
     * IntegerPanelCode#storeHalves}. */
    void scales(IntegerPanelCode code);

    /** What a format has for products of integers, empty if it has nothing. */
    static Optional<IntegerBlocks> of(Format format) {
        return switch (format) {
            case Q4_0, IQ4_NL -> Optional.of(new NibbleIntegers(format));
            case Q8_0 -> Optional.of(new Q8_0Integers());
            case Q4_K, Q5_K -> Optional.of(new RunIntegers(format));
            case Q2_K -> Optional.of(new Q2_KIntegers());
            case Q3_K -> Optional.of(new Q3_KIntegers());
            case IQ4_XS -> Optional.of(new IQ4_XSIntegers());
            case Q6_K -> Optional.of(new Q6_KIntegers());
            default -> Optional.empty();
        };
    }
}
