package dev.vesper.tensor.op;

import dev.vesper.tensor.KeyValues;

/** The keys and values of one sequence, over all layers. */
@FunctionalInterface
public interface KeyValueCache {
    /** For a sequence whose keys and values all lie in the batch. */
    KeyValueCache NONE = layer -> {
        throw new IllegalStateException("this sequence has no cache");
    };

    /** Where those of one layer lie, with room for the positions of the present batch. */
    KeyValues layer(int layer);
}
