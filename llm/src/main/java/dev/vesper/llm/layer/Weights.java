package dev.vesper.llm.layer;

import dev.vesper.tensor.Weight;

/**
 * Where a model gets its layers from. Names are canonical (GGUF) without the {@code .weight} at the end: {@code
 * blk.0.attn_q}. Wrapping one source in another changes what the layers do without the model knowing.
 */
public interface Weights {
    /** Whether there is a tensor {@code name + ".weight"}. */
    boolean has(String name);

    /**
     * The tensor {@code name + ".weight"}.
     *
     * @param rows outputs of a linear layer, tokens of an embedding, 1 for a vector
     * @throws dev.vesper.llm.file.ModelFileException if there is none of this shape
     */
    Weight weight(String name, int rows, int columns);

    default Linear linear(String name, int inputs, int outputs) {
        return new DenseLinear(weight(name, outputs, inputs));
    }

    default Embedding embedding(String name, int vocabulary, int dim) {
        return new Embedding(weight(name, vocabulary, dim));
    }

    default RmsNorm rmsNorm(String name, int dim, float epsilon) {
        return new RmsNorm(weight(name, 1, dim), epsilon);
    }

    /** The projection to the vocabulary. */
    default OutputHead output(String name, int dim, int vocabulary) {
        return new OutputHead(weight(name, vocabulary, dim));
    }
}
