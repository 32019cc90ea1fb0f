package dev.vesper.llm.lora;

/**
 * How the attention heads of a model lie in its query and key matrices: what an adapter file needs to know to exchange
 * them.
 *
 * @param permuted whether query and key rows are in another order here than in Hugging Face's files
 */
public record HeadLayout(int heads, int keyValueHeads, int headSize, boolean permuted) {}
