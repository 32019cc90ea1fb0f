package dev.vesper.train;

/**
 * What a model answered after so many steps.
 *
 * @param prompt with special tokens spelled out
 */
public record Sample(int step, String prompt, String answer) {}
