package dev.vesper.tensor.kernel;

import dev.vesper.tensor.AttentionShape;
import dev.vesper.tensor.KeyValues;
import dev.vesper.tensor.Scratch;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import org.jspecify.annotations.Nullable;

/**
 * Attention with an online softmax (Milakov and Gimelshein 2018; Dao et al. 2022): some query rows at a time, with all
 * the heads that share a key-value head, go over the positions in chunks. Each pair of row and head does the same
 * operations in the same order, however many others go with it.
 */
final class AttentionVector {
    /** Pairs of a row and a head that go over the positions together. */
    private static final int PAIRS = 48;
    private static final int ROW_SLOT = 8;
    private static final int CHANGE_SLOT = 9;
    private static final int LANES_SLOT = 10;

    private static final KeyValues NOWHERE = new KeyValues.Floats(new float[0][], 0, new float[0][], 0, 1, 1);
    private static final float[] NONE = {};

    private final Scratch scratch;
    private final @Nullable X86Attention machine;

    // What the present call is about.
    private AttentionShape shape = new AttentionShape(1, 1, 1, 1);
    private int keyValueHead;
    private KeyValues keyValues = NOWHERE;
    private int dotWidth;
    private int outerWidth;
    private int blockRows;
    private float[] keys = NONE;
    private float[] values = NONE;
    private float[] queries = NONE;
    private float[] sums = NONE;
    private float[] weights = NONE;
    private float[] maxima = NONE;
    private float[] denominators = NONE;
    private float[] change = NONE;
    private float[] lanes = NONE;
    private boolean inPlace;

    /** @param machine does the products where it can, with the same bits; null for the Vector API alone */
    AttentionVector(Scratch scratch, @Nullable X86Attention machine) {
        this.scratch = scratch;
        this.machine = machine;
    }

    /** The rows {@code [fromRow, toRow)}, of which the first is at {@code position}. */
    void attend(
            AttentionShape shape, int keyValueHead, int fromRow, int toRow, int position, float[] query,
            KeyValues keyValues, float[] out, float[] logSumExp) {
        open(shape, keyValueHead, keyValues);
        for (int row = fromRow; row < toRow; row += blockRows) {
            int rows = Math.min(blockRows, toRow - row);
            begin(row, rows, query);
            int first = position + row - fromRow;
            for (int chunk = 0; chunk < first + rows; chunk += AttentionTiles.CHUNK) {
                attendChunk(first, rows, chunk);
            }
            finish(row, rows, out, logSumExp);
        }
        close();
    }

    private void open(AttentionShape newShape, int newHead, KeyValues newKeyValues) {
        shape = newShape;
        keyValueHead = newHead;
        keyValues = newKeyValues;
        dotWidth = AttentionTiles.dotWidth(shape.headSize());
        outerWidth = AttentionTiles.outerWidth(shape.headSize());
        blockRows = Math.max(1, PAIRS / shape.group());
        int pairs = blockRows * shape.group();
        keys = scratch.floats(1, AttentionTiles.CHUNK * dotWidth);
        values = scratch.floats(2, AttentionTiles.CHUNK * outerWidth);
        queries = scratch.floats(3, pairs * dotWidth);
        sums = scratch.floats(4, pairs * outerWidth);
        weights = scratch.floats(5, pairs * AttentionTiles.CHUNK);
        maxima = scratch.floats(6, pairs);
        denominators = scratch.floats(7, pairs);
        change = scratch.floats(CHANGE_SLOT, Lanes.COUNT);
        lanes = scratch.floats(LANES_SLOT, 1 + Lanes.COUNT);
    }

    /** Lets go of the keys and values, so that their memory does not live as long as the worker. */
    private void close() {
        keyValues = NOWHERE;
        if (machine != null) {
            machine.close();
        }
    }

    private int queryAt(int row, int member) {
        return row * shape.queryColumns() + (keyValueHead * shape.group() + member) * shape.headSize();
    }

    private void begin(int row, int rows, float[] query) {
        int pairs = rows * shape.group();
        for (int pair = 0; pair < pairs; pair++) {
            int from = queryAt(row + pair / shape.group(), pair % shape.group());
            AttentionTiles.copyPadded(query, from, shape.headSize(), queries, pair * dotWidth, dotWidth);
        }
        Arrays.fill(sums, 0, pairs * outerWidth, 0);
        Arrays.fill(maxima, 0, pairs, Float.NEGATIVE_INFINITY);
        Arrays.fill(denominators, 0, pairs, 0);
    }

    /** @param first position of the first row */
    private void attendChunk(int first, int rows, int chunk) {
        int positions = Math.min(AttentionTiles.CHUNK, first + rows - chunk);
        inPlace = machine != null && machine.open(shape, keyValueHead, keyValues, chunk, positions, scratch);
        if (!inPlace) {
            copyChunk(chunk, positions);
        }
        if (chunk + AttentionTiles.CHUNK <= first + 1) {
            attendPairs(0, rows * shape.group(), positions);
            return;
        }
        for (int row = 0; row < rows; row++) {
            int visible = Math.min(AttentionTiles.CHUNK, first + row + 1 - chunk);
            if (visible > 0) {
                attendPairs(row * shape.group(), shape.group(), visible);
            }
        }
    }

    private void copyChunk(int chunk, int positions) {
        switch (keyValues) {
            case KeyValues.Floats floats -> copyFloats(floats, chunk, positions);
            case KeyValues.Blocks blocks -> unpackBlocks(blocks, chunk, positions);
        }
    }

    private void copyFloats(KeyValues.Floats from, int chunk, int positions) {
        for (int i = 0; i < positions; i++) {
            int page = (chunk + i) / from.pageRows();
            int offset = from.at(chunk + i, keyValueHead, shape.headSize());
            int key = from.keyOffset() + offset;
            int value = from.valueOffset() + offset;
            AttentionTiles.copyAlternating(from.keys()[page], key, shape.headSize(), keys, i);
            AttentionTiles.copyPadded(
                    from.values()[page], value, shape.headSize(), values, i * outerWidth, outerWidth);
        }
    }

    /** The panels of a chunk stay in the nearest caches; the rest of the cache is only ever read as it is stored. */
    private void unpackBlocks(KeyValues.Blocks from, int chunk, int positions) {
        WeightReader reader = WeightReader.of(from.format());
        int size = shape.headSize();
        int column = keyValueHead * size;
        int step = DotTile.ROWS * Lanes.COUNT;
        boolean whole = size % from.format().blockSize() == 0;
        for (int i = 0; i < positions; i++) {
            int position = chunk + i;
            MemorySegment page = from.page(position);
            if (whole) {
                int to = i / DotTile.ROWS * DotTile.ROWS * dotWidth + i % DotTile.ROWS * Lanes.COUNT;
                reader.unpack(page, from.keyAt(position, column), size, keys, to, step);
                reader.unpack(page, from.valueAt(position, column), size, values, i * outerWidth, Lanes.COUNT);
                Arrays.fill(values, i * outerWidth + size, (i + 1) * outerWidth, 0);
            } else {
                int within = from.within(column);
                float[] row = covering(reader, from, page, from.keyAt(position, column));
                AttentionTiles.copyAlternating(row, within, size, keys, i);
                row = covering(reader, from, page, from.valueAt(position, column));
                AttentionTiles.copyPadded(row, within, size, values, i * outerWidth, outerWidth);
            }
        }
    }

    /** The blocks that hold a head which begins or ends within one: only small models have such. */
    private float[] covering(WeightReader reader, KeyValues.Blocks from, MemorySegment page, long at) {
        int count = from.covering(keyValueHead * shape.headSize(), shape.headSize());
        float[] row = scratch.floats(ROW_SLOT, Lanes.padded(count));
        reader.unpack(page, at, count, row, 0, Lanes.COUNT);
        return row;
    }

    /** Lets some pairs see the first {@code visible} positions of the chunk. */
    private void attendPairs(int from, int pairs, int visible) {
        int weightsAt = from * AttentionTiles.CHUNK;
        if (machine != null && inPlace) {
            machine.dots(pairs, queries, from * dotWidth, visible, shape.scale(), weights, weightsAt, scratch);
        } else {
            AttentionTiles.dots(pairs, queries, from * dotWidth, dotWidth, keys, dotWidth, visible, shape.scale(),
                    weights, weightsAt, scratch);
        }
        for (int pair = from; pair < from + pairs; pair++) {
            softmaxStep(pair, visible);
        }
        if (machine != null && inPlace) {
            machine.addRows(pairs, weights, weightsAt, visible, sums, from * outerWidth, scratch);
        } else {
            AttentionTiles.addRows(pairs, weights, weightsAt, AttentionTiles.CHUNK, values, outerWidth, visible, sums,
                    from * outerWidth);
        }
    }

    /** Turns the scores of a chunk into weights relative to the largest score so far, and rescales what came before. */
    private void softmaxStep(int pair, int visible) {
        int at = pair * AttentionTiles.CHUNK;
        int padded = Lanes.padded(visible);
        Arrays.fill(weights, at + visible, at + padded, Float.NEGATIVE_INFINITY);
        float max = Math.max(maxima[pair], largest(weights, at, padded));
        Exponential.ofDifferences(weights, max, weights, at, padded);
        change[0] = maxima[pair];
        Exponential.ofDifferences(change, max, change, 0, Lanes.COUNT);
        float factor = change[0];
        denominators[pair] = denominators[pair] * factor + total(weights, at, padded);
        maxima[pair] = max;
        int to = pair * outerWidth;
        for (int d = to; d < to + outerWidth; d++) {
            sums[d] *= factor;
        }
    }

    /**
     * The largest of whole vectors; it does not depend on the order, so the reduction of the Vector API will do. The loop
     * calls what it has just loaded, whose class C2 knows: the class of what a loop carries it knows only if the loop was
     * run before it is compiled, and without it each vector is an object.
     */
    private static float largest(float[] scores, int at, int count) {
        FloatVector largest = FloatVector.fromArray(Lanes.FLOAT, scores, at);
        for (int j = Lanes.COUNT; j < count; j += Lanes.COUNT) {
            largest = FloatVector.fromArray(Lanes.FLOAT, scores, at + j).max(largest);
        }
        return largest.reduceLanes(VectorOperators.MAX);
    }

    /** The sum of whole vectors; the lanes of the last are summed where they lie, as {@link Lanes#sumRows} has it. */
    private float total(float[] weights, int at, int count) {
        FloatVector total = FloatVector.zero(Lanes.FLOAT);
        for (int j = 0; j < count; j += Lanes.COUNT) {
            total = FloatVector.fromArray(Lanes.FLOAT, weights, at + j).add(total);
        }
        total.intoArray(lanes, 1);
        Lanes.sumRows(lanes, 1, 1);
        return lanes[0];
    }

    private void finish(int row, int rows, float[] out, float[] logSumExp) {
        for (int pair = 0; pair < rows * shape.group(); pair++) {
            int member = pair % shape.group();
            int to = queryAt(row + pair / shape.group(), member);
            float inverse = 1 / denominators[pair];
            for (int d = 0; d < shape.headSize(); d++) {
                out[to + d] = sums[pair * outerWidth + d] * inverse;
            }
            int head = keyValueHead * shape.group() + member;
            logSumExp[(row + pair / shape.group()) * shape.heads() + head] =
                    (float) (maxima[pair] + StrictMath.log(denominators[pair]));
        }
    }
}
