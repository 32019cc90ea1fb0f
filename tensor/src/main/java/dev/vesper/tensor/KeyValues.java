package dev.vesper.tensor;

/**
 * Where the keys and values of one sequence lie: pages of {@code pageRows} positions each. The key of position
 * {@code j} and key-value head {@code h} begins at
 * {@code keys[j / pageRows][keyOffset + (j % pageRows) * stride + h * headSize]}, the value likewise.
 *
 * @param keys a page of keys each
 * @param values a page of values each; may be the same arrays as the keys, at another offset
 * @param pageRows positions in a page; a training batch, whose keys lie in one tensor, is one page
 * @param stride floats from one position to the next
 */
public record KeyValues(
        float[][] keys, int keyOffset, float[][] values, int valueOffset, int pageRows, int stride) {}
