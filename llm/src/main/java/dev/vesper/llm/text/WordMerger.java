package dev.vesper.llm.text;

/**
 * Merges neighbouring symbols of a word, the best pair first, until no pair can be merged; n log n steps for n bytes. A
 * symbol is known by the place of its first byte in the word; of two that merge the left one stays and grows.
 */
final class WordMerger {
    private final MergeRules rules;
    private final MergeHeap heap = new MergeHeap();
    private byte[] word = {};
    private int size;
    private int last;
    /** For each symbol: its bytes (0 once it was merged into another), the symbol before it, and what it is. */
    private int[] lengths = {};
    private int[] previous = {};
    private int[] symbols = {};

    WordMerger(MergeRules rules) {
        this.rules = rules;
    }

    /**
     * Begins a word, of which {@code capacity} bytes at most will be used. The word must not change until it is merged.
     */
    void begin(byte[] word, int capacity) {
        if (lengths.length < capacity) {
            int enough = Math.max(capacity, 2 * lengths.length);
            lengths = new int[enough];
            previous = new int[enough];
            symbols = new int[enough];
        }
        this.word = word;
        size = 0;
        last = -1;
    }

    /** Appends a symbol of {@code length} bytes. */
    void append(int length, int symbol) {
        lengths[size] = length;
        previous[size] = last;
        symbols[size] = symbol;
        int before = last;
        last = size;
        size += length;
        if (before >= 0) {
            propose(before, last);
        }
    }

    void merge() {
        while (!heap.isEmpty()) {
            int left = heap.left();
            int symbol = heap.symbol();
            heap.remove();
            int length = rules.length(symbol);
            int right = left + lengths[left];
            // The pair is out of date if one of the two has since been merged with something else.
            if (lengths[left] > 0 && right < size && lengths[left] + lengths[right] == length) {
                lengths[left] = length;
                lengths[right] = 0;
                symbols[left] = symbol;
                int next = left + length;
                if (next < size) {
                    previous[next] = left;
                    propose(left, next);
                }
                if (previous[left] >= 0) {
                    propose(previous[left], left);
                }
            }
        }
    }

    /** How many bytes the symbol at {@code at} has. */
    int length(int at) {
        return lengths[at];
    }

    /** The symbol at {@code at}, which is 0 or where another symbol ends. */
    int symbol(int at) {
        return symbols[at];
    }

    private void propose(int left, int right) {
        long merge = rules.merge(word, left, right + lengths[right], symbols[left], symbols[right]);
        if (merge != MergeRules.NONE) {
            heap.add(MergeRules.priority(merge), left, MergeRules.symbol(merge));
        }
    }
}
