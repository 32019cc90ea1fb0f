package dev.vesper.llm.lora;

import dev.vesper.tensor.Weight;

/**
 * The change to one linear layer: {@code scale · up · down}, added to its matrix.
 *
 * @param down {@code A}, {@code [rank, inputs]}
 * @param up {@code B}, {@code [outputs, rank]}
 */
public record LowRank(Weight down, Weight up) {
    public LowRank {
        if (down.rows() != up.columns()) {
            throw new IllegalArgumentException("low-rank pair of ranks %d (%s) and %d (%s)"
                    .formatted(down.rows(), down.name(), up.columns(), up.name()));
        }
    }

    public int rank() {
        return down.rows();
    }
}
