package dev.vesper.llm.layer;

import dev.vesper.llm.file.Checkpoint;
import dev.vesper.tensor.Weight;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The weights of a file as they are; remembers which were asked for. */
public final class CheckpointWeights implements Weights {
    private static final String SUFFIX = ".weight";
    private final Checkpoint checkpoint;
    private final Set<String> used = new HashSet<>();

    public CheckpointWeights(Checkpoint checkpoint) {
        this.checkpoint = checkpoint;
    }

    @Override
    public boolean has(String name) {
        return checkpoint.tensors().containsKey(name + SUFFIX);
    }

    @Override
    public Weight weight(String name, int rows, int columns) {
        Weight weight = checkpoint.requiredWeight(name + SUFFIX, rows, columns);
        used.add(name + SUFFIX);
        return weight;
    }

    /** Tensors of the file that no layer has asked for: a model that leaves some is not the model in the file. */
    public List<String> unused() {
        return checkpoint.tensors().keySet().stream()
                .filter(name -> !used.contains(name))
                .toList();
    }
}
