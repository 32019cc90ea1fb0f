package dev.vesper.llm.arch;

import dev.vesper.tensor.AttentionShape;

/**
 * The sizes of a model.
 *
 * @param architecture the GGUF name of the family
 * @param dim width of the residual stream
 * @param feedForward inner width of the feed-forward layers
 * @param contextLength positions that the model was made for
 */
public record ModelShape(
        String architecture,
        int layers,
        int dim,
        int feedForward,
        int vocabulary,
        int contextLength,
        AttentionShape attention) {}
