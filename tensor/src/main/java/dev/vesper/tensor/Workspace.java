package dev.vesper.tensor;

import java.util.ArrayList;
import java.util.List;

/**
 * A stack of reusable buffers: tensors are taken one after the other and released together, back to a mark. A pass that
 * takes the same shapes again gets the same objects again and allocates nothing. Not thread-safe.
 */
public final class Workspace {
    private final List<Tensor> slots = new ArrayList<>();
    /** The shape that each slot had before, in the same array: what comes after the blocks lies where these have theirs. */
    private final List<Tensor> before = new ArrayList<>();
    private int used;

    /** A matrix with undefined contents, valid until the workspace is released to an earlier mark. */
    public Tensor take(int rows, int columns) {
        if (used == slots.size()) {
            Tensor slot = Tensor.zeros(rows, columns);
            slots.add(slot);
            before.add(slot);
        }
        Tensor slot = slots.get(used);
        if (!has(slot, rows, columns)) {
            slot = other(slot, before.get(used), rows, columns);
        }
        used++;
        return slot;
    }

    private Tensor other(Tensor slot, Tensor last, int rows, int columns) {
        Tensor other = last;
        if (!has(last, rows, columns)) {
            int size = Math.multiplyExact(rows, columns);
            other = size <= slot.data().length ? new Tensor(slot.data(), rows, columns) : Tensor.zeros(rows, columns);
        }
        slots.set(used, other);
        // of two arrays the smaller is not kept
        before.set(used, other.data() == slot.data() ? slot : other);
        return other;
    }

    private static boolean has(Tensor tensor, int rows, int columns) {
        return tensor.rows() == rows && tensor.columns() == columns;
    }

    /** The present height of the stack. */
    public int mark() {
        return used;
    }

    /** Takes back everything that was taken since {@code mark}. */
    public void release(int mark) {
        if (mark > used) {
            throw new IllegalStateException("released to mark %d, but only %d are in use".formatted(mark, used));
        }
        used = mark;
    }

    /** Frees the buffers themselves; everything must have been released. */
    public void trim() {
        if (used > 0) {
            throw new IllegalStateException(used + " buffers are still in use");
        }
        slots.clear();
        before.clear();
    }

    /** Bytes held, in use or not. */
    public long bytes() {
        long floats = 0;
        for (Tensor slot : slots) {
            floats += slot.data().length;
        }
        return floats * Float.BYTES;
    }
}
