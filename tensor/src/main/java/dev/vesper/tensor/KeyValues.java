package dev.vesper.tensor;

import java.lang.foreign.MemorySegment;

/** Where the keys and values of one sequence lie: pages of {@link #pageRows()} positions each. */
public sealed interface KeyValues {
    /** Positions that attention goes over at a time: from pages of as many, or of a multiple, it reads them where they lie. */
    int TOGETHER = 48;

    /** Positions in a page; a training batch, whose keys lie in one tensor, is one page. */
    int pageRows();

    /**
     * As floats. The key of position {@code j} and key-value head {@code h} begins at
     * {@code keys[j / pageRows][keyOffset + (j % pageRows) * stride + h * (headSize + headGap)]}, the value likewise.
     *
     * @param keys a page of keys each
     * @param values a page of values each; may be the same arrays as the keys, at another offset
     * @param stride floats from one position to the next
     * @param headGap floats between two heads of a position
     */
    record Floats(
            float[][] keys, int keyOffset, float[][] values, int valueOffset, int pageRows, int stride, int headGap)
            implements KeyValues {
        /** The heads of a position lie next to each other. */
        public Floats(float[][] keys, int keyOffset, float[][] values, int valueOffset, int pageRows, int stride) {
            this(keys, keyOffset, values, valueOffset, pageRows, stride, 0);
        }

        /** How far behind the offset a position and head begin in their page. */
        public int at(int position, int head, int headSize) {
            return position % pageRows * stride + head * (headSize + headGap);
        }
    }

    /**
     * In a format of weights. The elements of a position are cut into runs of whole blocks: run {@code r} of the keys of
     * position {@code j} begins at byte {@code keyOffset + (r * pageRows + j % pageRows) * format.bytes(run)} of
     * {@code pages[j / pageRows]}, that of values likewise. A run may be a head, or all of them; then a head may begin within
     * a block.
     *
     * @param pages native memory, keys and values both
     * @param columns elements of a position
     * @param run elements of a position that lie next to each other
     */
    record Blocks(
            Format format, MemorySegment[] pages, long keyOffset, long valueOffset, int pageRows, int columns, int run)
            implements KeyValues {
        /** All elements of a position lie next to each other. */
        public Blocks(
                Format format, MemorySegment[] pages, long keyOffset, long valueOffset, int pageRows, int columns) {
            this(format, pages, keyOffset, valueOffset, pageRows, columns, columns);
        }

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
            long row = (long) (column / run) * pageRows + position % pageRows;
            return row * format.bytes(run) + format.bytes(column % run - within(column));
        }
    }
}
