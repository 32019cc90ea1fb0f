package dev.vesper.train;

/**
 * What an objective says of some answers: its loss, and what that does to each of them.
 *
 * @param loss summed up over {@code count}
 * @param count of what the loss is a mean over: tokens, pairs or answers
 * @param margin by which chosen answers lie above rejected ones, summed up over {@code count}; 0 where nothing is
 *     preferred
 * @param right of {@code count}, how many have a margin above 0; half of those that have one of exactly 0
 * @param weights for each answer the derivative of {@code loss} by its cross-entropy summed up over its tokens: the
 *     factor of its tokens' gradient
 */
public record Verdict(double loss, int count, double margin, double right, double[] weights) {}
