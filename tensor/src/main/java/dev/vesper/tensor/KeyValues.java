package dev.vesper.tensor;

import java.lang.foreign.MemorySegment;

/** Where the keys and values of one sequence lie: pages of {@link #pageRows()} positions each. */
public sealed interface KeyValues {
    /** Positions in a page; a training batch, whose keys lie in one tensor, is one page. */
    int pageRows();

    /**
     * As floats. The key of position {@code j} and key-value head {@code h} begins at
     * {@code keys[j / pageRows][keyOffset + (j % pageRows) * stride + h * headSize]}, the value likewise.
     *
     * @param keys a page of keys each
     * @param values a page of values each; may be the same arrays as the keys, at another offset
     * @param stride floats from one position to the next
     */
    record Floats(float[][] keys, int keyOffset, float[][] values, int valueOffset, int pageRows, int stride)
            implements KeyValues {}

    /**
     * In a format of weights: the row of keys of position {@code j} begins at byte {@code keyOffset + (j % pageRows) *
     * format.bytes(columns)} of {@code pages[j / pageRows]}, that of values likewise. A row is made of whole blocks; a head
     * may begin within one.
     *
     * @param pages native memory, keys and values both
     * @param columns elements of a position
     */
    record Blocks(
            Format format, MemorySegment[] pages, long keyOffset, long valueOffset, int pageRows, int columns)
            implements KeyValues {
        /** The byte of the page where the block begins that holds element {@code column} of a key. */
        public long keyAt(int position, int column) {
            return keyOffset + at(position, column);
        }

        /** The same for values. */
        public long valueAt(int position, int column) {
            return valueOffset + at(position, column);
        }

        /** The page of this position. */
        public MemorySegment page(int position) {
            return pages[position / pageRows];
        }

        /** How far within its block element {@code column} is. */
        public int within(int column) {
            return column % format.blockSize();
        }

        /** Elements of the blocks that hold the {@code count} elements from {@code column} on. */
        public int covering(int column, int count) {
            int block = format.blockSize();
            return Math.ceilDiv(within(column) + count, block) * block;
        }

        private long at(int position, int column) {
            return position % pageRows * format.bytes(columns) + format.bytes(column - within(column));
        }
    }
}
