package dev.vesper.llm.layer;

import dev.vesper.tensor.op.Ops;
import dev.vesper.tensor.op.Rotation;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The angles of a rotary embedding, each computed once: {@code StrictMath}, which gives the same bits everywhere, takes
 * long and leaves garbage behind. For all threads.
 */
public final class Angles {
    /** Positions that are computed together. */
    private static final int CHUNK = 32;

    private final RotaryEmbedding rope;
    private final double[] steps;
    /** Each of {@link #CHUNK} positions. */
    private volatile Rotation[] @Nullable [] chunks = {};

    public Angles(RotaryEmbedding rope) {
        this.rope = rope;
        this.steps = steps(rope.frequencies());
    }

    /** The angles of a batch whose rows are at {@code positions}: those of {@link RotaryEmbedding#rotation}, to the last bit or two. */
    public Rotation rotation(Ops ops, int[] positions) {
        if (positions.length == 1) {
            return at(positions[0]);
        }
        int pairs = rope.frequencies().length;
        Rotation all = ops.rotation(positions.length, pairs);
        for (int t = 0; t < positions.length; t++) {
            Rotation one = at(positions[t]);
            System.arraycopy(one.cos(), 0, all.cos(), t * pairs, pairs);
            System.arraycopy(one.sin(), 0, all.sin(), t * pairs, pairs);
        }
        return all;
    }

    private Rotation at(int position) {
        int index = position / CHUNK;
        Rotation[] @Nullable [] known = chunks;
        Rotation @Nullable [] chunk = index < known.length ? known[index] : null;
        return (chunk == null ? compute(index) : chunk)[position % CHUNK];
    }

    /** {@code cos(a + b) = cos a cos b - sin a sin b}, in double: two sines for a chunk instead of two for a position. */
    private synchronized Rotation[] compute(int index) {
        int pairs = rope.frequencies().length;
        Rotation[] chunk = new Rotation[CHUNK];
        Arrays.setAll(chunk, t -> new Rotation(pairs, new float[pairs], new float[pairs]));
        for (int i = 0; i < pairs; i++) {
            double begin = (double) index * CHUNK * rope.frequencies()[i];
            double beginCos = rope.magnitude() * StrictMath.cos(begin);
            double beginSin = rope.magnitude() * StrictMath.sin(begin);
            for (int t = 0; t < CHUNK; t++) {
                double stepCos = steps[2 * (t * pairs + i)];
                double stepSin = steps[2 * (t * pairs + i) + 1];
                chunk[t].cos()[i] = (float) (beginCos * stepCos - beginSin * stepSin);
                chunk[t].sin()[i] = (float) (beginSin * stepCos + beginCos * stepSin);
            }
        }
        // in larger steps than by one: this is done every few tokens
        int length = index < chunks.length ? chunks.length : Math.max(index + 1, 2 * chunks.length);
        Rotation[] @Nullable [] more = Arrays.copyOf(chunks, length);
        more[index] = chunk;
        chunks = more;
        return chunk;
    }

    /** Cosine and sine, in turn, of what each pair turns by from the beginning of a chunk to each position of it. */
    private static double[] steps(double[] frequencies) {
        int pairs = frequencies.length;
        double[] steps = new double[2 * CHUNK * pairs];
        for (int t = 0; t < CHUNK; t++) {
            for (int i = 0; i < pairs; i++) {
                steps[2 * (t * pairs + i)] = StrictMath.cos(t * frequencies[i]);
                steps[2 * (t * pairs + i) + 1] = StrictMath.sin(t * frequencies[i]);
            }
        }
        return steps;
    }
}
