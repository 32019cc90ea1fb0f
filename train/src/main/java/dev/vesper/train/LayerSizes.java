package dev.vesper.train;

import dev.vesper.llm.layer.Linear;
import dev.vesper.llm.layer.RmsNorm;
import dev.vesper.llm.layer.Weights;
import dev.vesper.tensor.Weight;
import java.util.ArrayList;
import java.util.List;

/** Weights that note the sizes of the layers that a model asks for. */
final class LayerSizes implements Weights {
    /** A linear layer by its canonical name. */
    record Sizes(String name, int inputs, int outputs) {}

    private final Weights base;
    private final List<Sizes> linears = new ArrayList<>();
    private final List<Sizes> norms = new ArrayList<>();

    LayerSizes(Weights base) {
        this.base = base;
    }

    List<Sizes> linears() {
        return List.copyOf(linears);
    }

    List<Sizes> norms() {
        return List.copyOf(norms);
    }

    @Override
    public boolean has(String name) {
        return base.has(name);
    }

    @Override
    public Weight weight(String name, int rows, int columns) {
        return base.weight(name, rows, columns);
    }

    @Override
    public Linear linear(String name, int inputs, int outputs) {
        linears.add(new Sizes(name, inputs, outputs));
        return base.linear(name, inputs, outputs);
    }

    @Override
    public RmsNorm rmsNorm(String name, int dim, float epsilon) {
        norms.add(new Sizes(name, dim, dim));
        return base.rmsNorm(name, dim, epsilon);
    }
}
