package dev.vesper.llm;

/**
 * An adapter by its name, and how much of it.
 *
 * @param weight multiplies its change: 1 as it was trained, 0 for nothing, negative for the opposite
 */
public record Weighted(String name, double weight) {
    public Weighted {
        if (name.isEmpty() || !(Math.abs(weight) < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "an adapter needs a name, and a number for its weight, got \"%s\" and %s".formatted(name, weight));
        }
    }
}
