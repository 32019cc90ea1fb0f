package dev.vesper.llm.text;

import java.util.Arrays;

/**
 * The possible merges of neighbouring symbols, best first: lowest priority, then leftmost. Each entry carries the token that
 * the merge would make.
 */
final class MergeHeap {
    private long[] keys = new long[64];
    private int[] tokens = new int[64];
    private int size;

    boolean isEmpty() {
        return size == 0;
    }

    /** Adds the merge of the symbol at {@code left} with its right neighbour. */
    void add(int priority, int left, int token) {
        if (size == keys.length) {
            keys = Arrays.copyOf(keys, size * 2);
            tokens = Arrays.copyOf(tokens, size * 2);
        }
        long key = (long) priority << 32 | left;
        int hole = size++;
        while (hole > 0 && keys[(hole - 1) >>> 1] > key) {
            int parent = (hole - 1) >>> 1;
            keys[hole] = keys[parent];
            tokens[hole] = tokens[parent];
            hole = parent;
        }
        keys[hole] = key;
        tokens[hole] = token;
    }

    /** The left symbol of the best merge. */
    int left() {
        return (int) keys[0];
    }

    /** The token that the best merge makes. */
    int token() {
        return tokens[0];
    }

    void remove() {
        long key = keys[--size];
        int token = tokens[size];
        int hole = 0;
        for (int child = 1; child < size; child = 2 * hole + 1) {
            if (child + 1 < size && keys[child + 1] < keys[child]) {
                child++;
            }
            if (keys[child] >= key) {
                break;
            }
            keys[hole] = keys[child];
            tokens[hole] = tokens[child];
            hole = child;
        }
        keys[hole] = key;
        tokens[hole] = token;
    }
}
