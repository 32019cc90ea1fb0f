package dev.vesper.train;

import dev.vesper.llm.layer.DenseLinear;
import dev.vesper.llm.layer.Embedding;
import dev.vesper.llm.layer.Linear;
import dev.vesper.llm.layer.OutputHead;
import dev.vesper.llm.layer.RmsNorm;
import dev.vesper.llm.layer.Weights;
import dev.vesper.tensor.Weight;
import dev.vesper.tensor.kernel.Kernels;
import dev.vesper.tensor.op.Parameter;
import java.lang.foreign.Arena;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Weights of which every layer is trained: each is decoded to float32 once, and whoever asks for the same name again
 * gets the same parameter, so that tied layers stay tied. Constants that belong to no layer, such as frequency factors,
 * are handed through.
 */
public final class TrainableWeights implements Weights {
    private final Weights base;
    private final Kernels kernels;
    private final Arena arena;
    private final Map<String, Parameter> parameters = new LinkedHashMap<>();

    /** @param arena where the copies live */
    public TrainableWeights(Weights base, Kernels kernels, Arena arena) {
        this.base = base;
        this.kernels = kernels;
        this.arena = arena;
    }

    /** What was asked for until now, in that order. */
    public List<Parameter> parameters() {
        return List.copyOf(parameters.values());
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
        return new DenseLinear(trained(name, outputs, inputs));
    }

    @Override
    public Embedding embedding(String name, int vocabulary, int dim) {
        return new Embedding(trained(name, vocabulary, dim));
    }

    @Override
    public RmsNorm rmsNorm(String name, int dim, float epsilon) {
        return new RmsNorm(trained(name, 1, dim), epsilon);
    }

    @Override
    public OutputHead output(String name, int dim, int vocabulary) {
        return new OutputHead(trained(name, vocabulary, dim));
    }

    private Weight trained(String name, int rows, int columns) {
        Weight source = base.weight(name, rows, columns);
        return parameters.computeIfAbsent(name, key -> copy(source)).weight();
    }

    private Parameter copy(Weight source) {
        if ((long) source.rows() * source.columns() > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException("%s has more elements than can be trained: at most %d"
                    .formatted(source, Integer.MAX_VALUE - 8));
        }
        float[] values = new float[source.rows() * source.columns()];
        for (int row = 0; row < source.rows(); row++) {
            kernels.decodeRow(source, row, values, row * source.columns());
        }
        return Parameter.of(source.name(), source.rows(), source.columns(), values, arena);
    }
}
