package dev.vesper.llm.lora;

/**
 * An adapter, and how much of it.
 *
 * @param weight multiplies its change: 1 as it was trained, 0 for nothing, negative for the opposite
 */
public record WeightedAdapter(Adapter adapter, double weight) {
    public WeightedAdapter {
        if (!(Math.abs(weight) < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("the weight of an adapter must be a number, got " + weight);
        }
    }

    /** What {@code up · down} of each change is multiplied with. */
    double factor() {
        return adapter.alpha() / adapter.rank() * weight;
    }
}
