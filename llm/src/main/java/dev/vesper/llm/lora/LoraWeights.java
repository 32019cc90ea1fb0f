package dev.vesper.llm.lora;

import dev.vesper.llm.layer.Linear;
import dev.vesper.llm.layer.Weights;
import dev.vesper.tensor.Weight;
import java.util.HashSet;
import java.util.Set;

/** Weights with an adapter on top: linear layers that it changes come wrapped, all else as it is. */
public final class LoraWeights implements Weights {
    private final Weights base;
    private final Adapter adapter;
    private final float scale;
    private final Set<String> unused;

    /** @param factor multiplies the adapter's own scale: 1 for the adapter as it was trained */
    public LoraWeights(Weights base, Adapter adapter, float factor) {
        this.base = base;
        this.adapter = adapter;
        this.scale = adapter.scale() * factor;
        this.unused = new HashSet<>(adapter.changes().keySet());
    }

    /** Layers that the adapter would change but the model has not asked for. */
    public Set<String> unused() {
        return Set.copyOf(unused);
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
        Linear linear = base.linear(name, inputs, outputs);
        LowRank change = adapter.changes().get(name);
        if (change == null) {
            return linear;
        }
        if (change.down().columns() != inputs || change.up().rows() != outputs) {
            throw new AdapterException("layer %s maps %d to %d, but the adapter's change maps %d to %d"
                    .formatted(name, inputs, outputs, change.down().columns(), change.up().rows()));
        }
        unused.remove(name);
        return new LoraLinear(linear, change, scale);
    }
}
