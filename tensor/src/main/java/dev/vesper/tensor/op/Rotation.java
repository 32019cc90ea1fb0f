package dev.vesper.tensor.op;

/**
 * Cosine and sine of the rotary angles of the rows of a batch.
 *
 * @param pairs rotated pairs of elements in a head
 * @param cos {@code [rows, pairs]}
 * @param sin {@code [rows, pairs]}
 */
public record Rotation(int pairs, float[] cos, float[] sin) {}
