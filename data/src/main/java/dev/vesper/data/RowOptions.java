package dev.vesper.data;

/**
 * How a file becomes rows.
 *
 * @param maxSequence the most positions that a row may have: one less than its tokens
 * @param truncate whether longer rows of a conversation are cut; otherwise they are refused
 * @param heldOut the share of rows that is kept for measuring, at least one row
 */
public record RowOptions(int maxSequence, boolean truncate, double heldOut) {
    public RowOptions {
        if (maxSequence < 1) {
            throw new IllegalArgumentException("max sequence must be at least 1, got " + maxSequence);
        }
        if (!(heldOut > 0 && heldOut < 1)) {
            throw new IllegalArgumentException("held-out share must be between 0 and 1, got " + heldOut);
        }
    }
}
