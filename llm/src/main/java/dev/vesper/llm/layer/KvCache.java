package dev.vesper.llm.layer;

import dev.vesper.tensor.AttentionShape;
import dev.vesper.tensor.Format;
import dev.vesper.tensor.KeyValues;
import dev.vesper.tensor.op.KeyValueCache;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/**
 * Keys and values of one sequence, over all layers, in pages of {@value #PAGE_ROWS} positions. A page holds every
 * layer's keys and values of its positions: {@code [layer][keys, values][head][position][column]}. What attention reads for
 * a head is one stretch of memory then, and the processor fetches it ahead.
 */
public final class KvCache implements KeyValueCache {
    /** Positions in a page. */
    public static final int PAGE_ROWS = KeyValues.TOGETHER;
    /** What keys and values can be kept in. */
    public static final List<Format> FORMATS = List.of(Format.F32, Format.F16, Format.Q8_0);

    private static final Page NO_PAGE = new Page(new float[0], MemorySegment.NULL);

    private final Page[] pages;
    private final float[][] floats;
    private final MemorySegment[] blocks;
    private final KeyValues[] layers;
    private int used;

    /** @param maxPositions positions it can ever hold */
    public KvCache(Layout layout, int maxPositions) {
        pages = new Page[Math.ceilDiv(maxPositions, PAGE_ROWS)];
        floats = new float[pages.length][];
        blocks = new MemorySegment[pages.length];
        Arrays.fill(pages, NO_PAGE);
        layers = new KeyValues[layout.layers];
        for (int layer = 0; layer < layout.layers; layer++) {
            layers[layer] = layout.format == Format.F32
                    ? floats(2 * layer * PAGE_ROWS * layout.columns, layout)
                    : blocks(layer, layout);
        }
    }

    private KeyValues floats(int at, Layout layout) {
        int size = layout.headSize;
        return new KeyValues.Floats(
                floats, at, floats, at + PAGE_ROWS * layout.columns, PAGE_ROWS, size, (PAGE_ROWS - 1) * size);
    }

    private KeyValues blocks(int layer, Layout layout) {
        Format format = layout.format;
        long half = PAGE_ROWS * format.bytes(layout.columns);
        // a head that is not whole blocks cannot lie alone
        int run = layout.headSize % format.blockSize() == 0 ? layout.headSize : layout.columns;
        return new KeyValues.Blocks(
                format, blocks, 2L * layer * half, (2L * layer + 1) * half, PAGE_ROWS, layout.columns, run);
    }

    /**
     * What pages hold.
     *
     * @param format one of {@link #FORMATS}
     * @param columns key-value heads times head size
     * @param headSize columns of a head
     */
    public record Layout(Format format, int layers, int columns, int headSize) {
        /** For a model. */
        public static Layout of(Format format, int layers, AttentionShape shape) {
            if (!FORMATS.contains(format) || shape.keyValueColumns() % format.blockSize() != 0) {
                throw new IllegalArgumentException(
                        "keys and values of %d elements cannot be kept in %s: expected one of %s, in whole blocks"
                                .formatted(shape.keyValueColumns(), format, FORMATS));
            }
            return new Layout(format, layers, shape.keyValueColumns(), shape.headSize());
        }

        /** Bytes of one page. */
        public long pageBytes() {
            return 2L * layers * PAGE_ROWS * format.bytes(columns);
        }

        /** A new page. */
        public Page page() {
            return format == Format.F32
                    ? new Page(new float[Math.toIntExact(pageBytes() / Float.BYTES)], MemorySegment.NULL)
                    // 64 bytes: a vector that does not cross a line of the cache
                    : new Page(NO_PAGE.floats, Arena.ofAuto().allocate(pageBytes(), 64));
        }
    }

    /** The memory of {@value #PAGE_ROWS} positions, as floats or as blocks; the other of the two is empty. */
    public record Page(float[] floats, MemorySegment blocks) {
        /** Pages are compared by identity: equal contents at another place are another page. */
        @Override
        public boolean equals(Object other) {
            return this == other;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(this);
        }
    }

    /** Positions that the present pages can hold. */
    public int capacity() {
        return used * PAGE_ROWS;
    }

    /** Adds room for {@value #PAGE_ROWS} more positions. */
    public void addPage(Page page) {
        set(used++, page);
    }

    /** Takes the last page back, to be used by another sequence. */
    public Page removePage() {
        Page page = pages[--used];
        set(used, NO_PAGE);
        return page;
    }

    private void set(int index, Page page) {
        pages[index] = page;
        floats[index] = page.floats;
        blocks[index] = page.blocks;
    }

    @Override
    public KeyValues layer(int layer) {
        return layers[layer];
    }
}
