package dev.vesper.llm;

/**
 * How busy a model is.
 *
 * @param running requests that get their tokens step by step
 * @param waiting requests that wait until there is room for them
 */
public record Load(int running, int waiting) {}
