package dev.vesper.llm.text;

/** What two neighbouring symbols merge to, and how eagerly. */
sealed interface MergeRules permits SentencePieceTables, BytePairTables {
    /** The pair does not merge. */
    long NONE = -1;

    /**
     * The merge of {@code left} and {@code right}, which together spell {@code word[from, to)}, or {@link #NONE}. Two
     * symbols that are spelled alike must be equal.
     */
    long merge(byte[] word, int from, int to, int left, int right);

    /** How many bytes a symbol spells that came of a merge. */
    int length(int symbol);

    /** A merge to {@code symbol}, which is not negative; the lowest priority merges first. */
    static long of(int priority, int symbol) {
        return (long) priority << 32 | symbol;
    }

    static int priority(long merge) {
        return (int) (merge >> 32);
    }

    static int symbol(long merge) {
        return (int) merge;
    }
}
