package dev.vesper.tensor;

import java.util.ArrayList;
import java.util.List;

/**
 * A stack of reusable buffers: tensors are taken one after the other and released together, back to a mark. A pass that
 * takes the same shapes again gets the same objects again and allocates nothing. Not thread-safe.
 */
public final class Workspace {
    private final List<Slot> slots = new ArrayList<>();
    private int used;

    /** A matrix with undefined contents, valid until the workspace is released to an earlier mark. */
    public Tensor take(int rows, int columns) {
        if (used == slots.size()) {
            slots.add(new Slot());
        }
        return slots.get(used++).shaped(rows, columns);
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
    }

    /** Bytes held, in use or not. */
    public long bytes() {
        long floats = 0;
        for (Slot slot : slots) {
            floats += slot.data.length;
        }
        return floats * Float.BYTES;
    }

    /** One array, and the matrices it was taken as: those of a block, and of what comes after the blocks. */
    private static final class Slot {
        /** More than the places in a pass where one slot is taken; prompts of other lengths add theirs. */
        private static final int MOST_SHAPES = 8;

        private final List<Tensor> shapes = new ArrayList<>();
        private float[] data = {};

        Tensor shaped(int rows, int columns) {
            for (int i = 0; i < shapes.size(); i++) {
                Tensor tensor = shapes.get(i);
                if (tensor.rows() == rows && tensor.columns() == columns) {
                    return tensor;
                }
            }
            int size = Math.multiplyExact(rows, columns);
            if (size > data.length) {
                data = new float[size];
                shapes.clear();
            } else if (shapes.size() == MOST_SHAPES) {
                shapes.clear();
            }
            Tensor tensor = new Tensor(data, rows, columns);
            shapes.add(tensor);
            return tensor;
        }
    }
}
