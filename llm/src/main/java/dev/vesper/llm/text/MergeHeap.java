package dev.vesper.llm.text;

import java.util.Arrays;

/**
 * The possible merges of neighbouring symbols, best first: lowest priority, then leftmost. Each entry carries the
 * symbol that the merge would make.
 */
final class MergeHeap {
    private long[] keys = new long[64];
    private int[] symbols = new int[64];
    private int size;

    boolean isEmpty() {
        return size == 0;
    }

    /** Adds the merge of the symbol at {@code left} with its right neighbour. */
    void add(int priority, int left, int symbol) {
        if (size == keys.length) {
            keys = Arrays.copyOf(keys, size * 2);
            symbols = Arrays.copyOf(symbols, size * 2);
        }
        long key = (long) priority << 32 | left;
        int hole = size++;
        while (hole > 0 && keys[(hole - 1) >>> 1] > key) {
            int parent = (hole - 1) >>> 1;
            keys[hole] = keys[parent];
            symbols[hole] = symbols[parent];
            hole = parent;
        }
        keys[hole] = key;
        symbols[hole] = symbol;
    }

    /** The left symbol of the best merge. */
    int left() {
        return (int) keys[0];
    }

    /** The symbol that the best merge makes. */
    int symbol() {
        return symbols[0];
    }

    void remove() {
        long key = keys[--size];
        int symbol = symbols[size];
        int hole = 0;
        for (int child = 1; child < size; child = 2 * hole + 1) {
            if (child + 1 < size && keys[child + 1] < keys[child]) {
                child++;
            }
            if (keys[child] >= key) {
                break;
            }
            keys[hole] = keys[child];
            symbols[hole] = symbols[child];
            hole = child;
        }
        keys[hole] = key;
        symbols[hole] = symbol;
    }
}
