package dev.vesper.tensor.op;

import dev.vesper.tensor.AttentionShape;
import dev.vesper.tensor.KeyValues;
import dev.vesper.tensor.Tensor;
import dev.vesper.tensor.quant.Codec;
import dev.vesper.tensor.quant.Codecs;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Causal attention, shared out over sequences, key-value heads and stretches of query rows. */
final class Attend {
    /** Query rows of one unit of work. */
    static final int STRETCH = 32;

    private Attend() {}

    static Tensor forward(
            Ops ops, AttentionShape shape, int layer, List<Span> spans, Tensor query, Tensor key, Tensor value) {
        if (query.columns() != shape.queryColumns()) {
            throw Ops.mismatch("attend", shape.queryColumns() + " query columns", query);
        }
        if (key.columns() != shape.keyValueColumns()) {
            throw Ops.mismatch("attend", shape.keyValueColumns() + " key columns", key);
        }
        if (value.columns() != key.columns()) {
            throw Ops.mismatch("attend", key.columns() + " value columns", value);
        }
        if (key.rows() != query.rows()) {
            throw Ops.mismatch("attend", query.rows() + " keys", key);
        }
        if (value.rows() != query.rows()) {
            throw Ops.mismatch("attend", query.rows() + " values", value);
        }
        checkCover(spans, query.rows());
        Tensor out = ops.take(query.rows(), query.columns());
        Tensor logSumExp = ops.take(query.rows(), shape.heads());
        Tasks.Attention task = ops.tasks().attention.of(shape, spans, query, out, logSumExp);
        int units = 0;
        long work = 0;
        for (int s = 0; s < spans.size(); s++) {
            Span span = spans.get(s);
            task.place(s, place(span, layer, shape, key, value));
            units += units(span, shape);
            work += 2L * span.rows() * (span.position() + span.rows()) * shape.queryColumns();
        }
        ops.parallel(units, 1, work, task);
        record(ops, shape, spans, query, key, value, out, logSumExp);
        return out;
    }

    /** Rows outside of all spans would come out undefined, rows of two would get two gradients at a time. */
    private static void checkCover(List<Span> spans, int rows) {
        int row = 0;
        for (int s = 0; s < spans.size(); s++) {
            Span span = spans.get(s);
            if (span.row() != row) {
                throw Ops.mismatch("attend", "a span from row " + row, span);
            }
            row += span.rows();
        }
        if (row != rows) {
            throw Ops.mismatch("attend", "spans that cover " + rows + " rows", row);
        }
    }

    static int units(Span span, AttentionShape shape) {
        return Math.ceilDiv(span.rows(), STRETCH) * shape.keyValueHeads();
    }

    /** Stores new keys and values in the cache, or says where they lie in the batch. */
    private static KeyValues place(Span span, int layer, AttentionShape shape, Tensor key, Tensor value) {
        int columns = key.columns();
        if (span.cache() == KeyValueCache.NONE) {
            int offset = span.row() * columns;
            return new KeyValues.Floats(
                    new float[][] {key.data()}, offset, new float[][] {value.data()}, offset, Integer.MAX_VALUE,
                    columns);
        }
        KeyValues cache = span.cache().layer(layer);
        for (int i = 0; i < span.rows(); i++) {
            int position = span.position() + i;
            int from = (span.row() + i) * columns;
            switch (cache) {
                case KeyValues.Floats floats -> store(floats, position, shape, key.data(), value.data(), from);
                case KeyValues.Blocks blocks -> store(blocks, position, key.data(), value.data(), from);
            }
        }
        return cache;
    }

    private static void store(
            KeyValues.Floats cache, int position, AttentionShape shape, float[] key, float[] value, int from) {
        float[] keys = cache.keys()[position / cache.pageRows()];
        float[] values = cache.values()[position / cache.pageRows()];
        int size = shape.headSize();
        for (int head = 0; head < shape.keyValueHeads(); head++) {
            int at = cache.at(position, head, size);
            System.arraycopy(key, from + head * size, keys, cache.keyOffset() + at, size);
            System.arraycopy(value, from + head * size, values, cache.valueOffset() + at, size);
        }
    }

    private static void store(KeyValues.Blocks cache, int position, float[] key, float[] value, int from) {
        Codec codec = Codecs.of(cache.format());
        MemorySegment page = cache.page(position);
        for (int column = 0; column < cache.columns(); column += cache.run()) {
            codec.encode(key, from + column, cache.run(), page, cache.keyAt(position, column));
            codec.encode(value, from + column, cache.run(), page, cache.valueAt(position, column));
        }
    }

    private static void record(
            Ops ops, AttentionShape shape, List<Span> spans, Tensor query, Tensor key, Tensor value, Tensor out,
            Tensor logSumExp) {
        Tape tape = ops.tape();
        if (tape == null || !(tape.tracks(query) || tape.tracks(key) || tape.tracks(value))) {
            return;
        }
        for (Span span : spans) {
            if (span.cache() != KeyValueCache.NONE) {
                throw Ops.mismatch("attend", "whole sequences when training", span);
            }
        }
        tape.record(out, () -> {
            float[] dOut = tape.gradient(out);
            float[] dQuery = tape.gradient(query);
            float[] dKey = tape.gradient(key);
            float[] dValue = tape.gradient(value);
            int heads = shape.keyValueHeads();
            long work = 0;
            for (Span span : spans) {
                work += 5L * span.rows() * span.rows() * query.columns();
            }
            ops.parallel(spans.size() * heads, 1, work, (from, to, worker) -> {
                for (int unit = from; unit < to; unit++) {
                    Span span = spans.get(unit / heads);
                    ops.kernels()
                            .attendGradient(
                                    shape,
                                    unit % heads,
                                    span.row(),
                                    span.row() + span.rows(),
                                    query.data(),
                                    key.data(),
                                    value.data(),
                                    out.data(),
                                    logSumExp.data(),
                                    dOut,
                                    dQuery,
                                    dKey,
                                    dValue,
                                    ops.scratch(worker));
                }
            });
        });
    }
}
