package dev.vesper.llm.lora;

/**
 * How the attention heads of a model lie in its query and key matrices: what an adapter file needs to know to exchange
 * them.
 *
 * @param permuted whether query and key rows are in another order here than in Hugging Face's files
 */
public record HeadLayout(int heads, int keyValueHeads, int headSize, boolean permuted) {
    /** A layout for who only looks at numbers that the order of rows does not change. */
    public static HeadLayout asStored() {
        return new HeadLayout(0, 0, 0, false);
    }

    /** Heads of a layer whose rows change places, 0 if they stay. */
    int permutedHeads(String layer) {
        if (!permuted) {
            return 0;
        }
        return layer.endsWith(".attn_q") ? heads : layer.endsWith(".attn_k") ? keyValueHeads : 0;
    }
}
