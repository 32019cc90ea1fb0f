package dev.vesper.data;

/**
 * How a file becomes rows.
 *
 * @param maxSequence the most positions that a row may have: one less than its tokens
 * @param truncate whether longer rows of a conversation are cut; otherwise they are refused
 * @param heldOut the share of rows that is kept for measuring, at least one row
 * @param skipBad whether rows that cannot be used are left out; otherwise the first of them refuses the whole file
 */
public record RowOptions(int maxSequence, boolean truncate, double heldOut, boolean skipBad) {
    public RowOptions {
        if (maxSequence < 1) {
            throw new IllegalArgumentException("max sequence must be at least 1, got " + maxSequence);
        }
        if (!(heldOut > 0 && heldOut < 1)) {
            throw new IllegalArgumentException("held-out share must be between 0 and 1, got " + heldOut);
        }
    }

    /** Every row has to be good. */
    public RowOptions(int maxSequence, boolean truncate, double heldOut) {
        this(maxSequence, truncate, heldOut, false);
    }

    public RowOptions skipBad(boolean skip) {
        return new RowOptions(maxSequence, truncate, heldOut, skip);
    }

    public RowOptions maxSequence(int positions) {
        return new RowOptions(positions, truncate, heldOut, skipBad);
    }
}
