package dev.vesper.llm.layer;

import dev.vesper.tensor.KeyValues;
import dev.vesper.tensor.op.KeyValueCache;

/**
 * Keys and values of one sequence, over all layers, in pages of {@value #PAGE_ROWS} positions. A page holds every
 * layer's keys and values of its positions: {@code [layer][keys, values][position][column]}.
 */
public final class KvCache implements KeyValueCache {
    /** Positions in a page. */
    public static final int PAGE_ROWS = 64;

    private final float[][] pages;
    private final KeyValues[] layers;
    private int used;

    /**
     * @param columns key-value heads times head size
     * @param maxPositions positions it can ever hold
     */
    public KvCache(int layerCount, int columns, int maxPositions) {
        pages = new float[Math.ceilDiv(maxPositions, PAGE_ROWS)][];
        layers = new KeyValues[layerCount];
        int half = PAGE_ROWS * columns;
        for (int layer = 0; layer < layerCount; layer++) {
            layers[layer] = new KeyValues(pages, 2 * layer * half, pages, (2 * layer + 1) * half, PAGE_ROWS, columns);
        }
    }

    /** Floats of one page. */
    public static int pageSize(int layerCount, int columns) {
        return Math.multiplyExact(Math.multiplyExact(2 * layerCount, PAGE_ROWS), columns);
    }

    /** Positions that the present pages can hold. */
    public int capacity() {
        return used * PAGE_ROWS;
    }

    /** Adds room for {@value #PAGE_ROWS} more positions. */
    public void addPage(float[] page) {
        pages[used++] = page;
    }

    /** Takes the last page back, to be used by another sequence. */
    public float[] removePage() {
        float[] page = pages[--used];
        pages[used] = new float[0];
        return page;
    }

    @Override
    public KeyValues layer(int layer) {
        return layers[layer];
    }
}
