package dev.vesper.tensor.op;

import dev.vesper.tensor.AttentionShape;
import dev.vesper.tensor.KeyValues;
import dev.vesper.tensor.Scratch;
import dev.vesper.tensor.Tensor;
import dev.vesper.tensor.Weight;
import dev.vesper.tensor.Workers;
import dev.vesper.tensor.kernel.Kernels;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What forward passes hand to the workers, one object of each kind, filled anew for each operation: a lambda would be an
 * object for each operation of each block of each token. Operations come one after the other, so one of a kind will do.
 */
final class Tasks {
    final Multiply multiply;
    final Norm norm;
    final Rotate rope;
    final Sum add;
    final Gate silu;
    final Attention attention;

    Tasks(Kernels kernels, Scratch[] scratch) {
        this.multiply = new Multiply(kernels, scratch);
        this.norm = new Norm(kernels);
        this.rope = new Rotate(kernels);
        this.add = new Sum(kernels);
        this.silu = new Gate(kernels);
        this.attention = new Attention(kernels, scratch);
    }

    private static final float[] NONE = {};
    private static final Tensor EMPTY = Tensor.zeros(0, 0);

    /** {@link Kernels#multiply}. */
    static final class Multiply implements Workers.Task {
        private final Kernels kernels;
        private final Scratch[] scratch;
        private @Nullable Weight weight;
        private float[] x = NONE;
        private int tokens;
        private float[] y = NONE;
        private long operation;

        private Multiply(Kernels kernels, Scratch[] scratch) {
            this.kernels = kernels;
            this.scratch = scratch;
        }

        Multiply of(Weight weight, float[] x, int tokens, float[] y) {
            this.weight = weight;
            this.x = x;
            this.tokens = tokens;
            this.y = y;
            operation++;
            return this;
        }

        @Override
        public void run(int from, int to, int worker) {
            if (weight != null) {
                scratch[worker].operation(operation);
                kernels.multiply(weight, from, to, x, tokens, y, scratch[worker]);
                scratch[worker].operation(0);
            }
        }
    }

    /** {@link Kernels#rmsNorm}. */
    static final class Norm implements Workers.Task {
        private final Kernels kernels;
        private Tensor x = EMPTY;
        private Tensor factors = EMPTY;
        private float epsilon;
        private Tensor y = EMPTY;
        private Tensor inverse = EMPTY;

        private Norm(Kernels kernels) {
            this.kernels = kernels;
        }

        Norm of(Tensor x, Tensor factors, float epsilon, Tensor y, Tensor inverse) {
            this.x = x;
            this.factors = factors;
            this.epsilon = epsilon;
            this.y = y;
            this.inverse = inverse;
            return this;
        }

        @Override
        public void run(int from, int to, int worker) {
            kernels.rmsNorm(from, to, x.data(), x.columns(), factors.data(), epsilon, y.data(), inverse.data());
        }
    }

    /** {@link Kernels#rope}. */
    static final class Rotate implements Workers.Task {
        private final Kernels kernels;
        private float[] data = NONE;
        private int heads;
        private int headSize;
        private Rotation rotation = new Rotation(0, NONE, NONE);
        private int direction;

        private Rotate(Kernels kernels) {
            this.kernels = kernels;
        }

        Rotate of(float[] data, int heads, int headSize, Rotation rotation, int direction) {
            this.data = data;
            this.heads = heads;
            this.headSize = headSize;
            this.rotation = rotation;
            this.direction = direction;
            return this;
        }

        @Override
        public void run(int from, int to, int worker) {
            kernels.rope(
                    from, to, data, heads, headSize, rotation.pairs(), rotation.cos(), rotation.sin(), direction);
        }
    }

    /** {@link Kernels#addScaled}. */
    static final class Sum implements Workers.Task {
        private final Kernels kernels;
        private float[] a = NONE;
        private float[] b = NONE;
        private float factor;
        private float[] out = NONE;

        private Sum(Kernels kernels) {
            this.kernels = kernels;
        }

        Sum of(float[] a, float[] b, float factor, float[] out) {
            this.a = a;
            this.b = b;
            this.factor = factor;
            this.out = out;
            return this;
        }

        @Override
        public void run(int from, int to, int worker) {
            kernels.addScaled(from, to, a, b, factor, out);
        }
    }

    /** {@link Kernels#siluTimes}. */
    static final class Gate implements Workers.Task {
        private final Kernels kernels;
        private Tensor gate = EMPTY;
        private Tensor up = EMPTY;
        private Tensor out = EMPTY;

        private Gate(Kernels kernels) {
            this.kernels = kernels;
        }

        Gate of(Tensor gate, Tensor up, Tensor out) {
            this.gate = gate;
            this.up = up;
            this.out = out;
            return this;
        }

        @Override
        public void run(int from, int to, int worker) {
            kernels.siluTimes(from, to, gate.data(), up.data(), out.data());
        }
    }

    /** {@link Kernels#attend} for spans, each cut into key-value heads and stretches of query rows. */
    static final class Attention implements Workers.Task {
        private final Kernels kernels;
        private final Scratch[] scratch;
        private AttentionShape shape = new AttentionShape(1, 1, 1, 1);
        private List<Span> spans = List.of();
        private KeyValues[] keyValues = {};
        private Tensor query = EMPTY;
        private Tensor out = EMPTY;
        private Tensor logSumExp = EMPTY;

        private Attention(Kernels kernels, Scratch[] scratch) {
            this.kernels = kernels;
            this.scratch = scratch;
        }

        Attention of(AttentionShape shape, List<Span> spans, Tensor query, Tensor out, Tensor logSumExp) {
            this.shape = shape;
            this.spans = spans;
            this.query = query;
            this.out = out;
            this.logSumExp = logSumExp;
            if (keyValues.length < spans.size()) {
                keyValues = Arrays.copyOf(keyValues, spans.size());
            }
            return this;
        }

        /** Where the keys and values of span {@code index} lie. */
        void place(int index, KeyValues where) {
            keyValues[index] = where;
        }

        @Override
        public void run(int from, int to, int worker) {
            int first = 0;
            for (int s = 0; s < spans.size(); s++) {
                Span span = spans.get(s);
                int count = Attend.units(span, shape);
                for (int unit = Math.max(from, first); unit < Math.min(to, first + count); unit++) {
                    stretch(span, keyValues[s], unit - first, scratch[worker]);
                }
                first += count;
            }
        }

        private void stretch(Span span, KeyValues where, int unit, Scratch scratch) {
            int stretch = unit / shape.keyValueHeads() * Attend.STRETCH;
            kernels.attend(
                    shape,
                    unit % shape.keyValueHeads(),
                    span.row() + stretch,
                    span.row() + Math.min(span.rows(), stretch + Attend.STRETCH),
                    span.position() + stretch,
                    query.data(),
                    where,
                    out.data(),
                    logSumExp.data(),
                    scratch);
        }
    }
}
