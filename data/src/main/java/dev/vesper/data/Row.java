package dev.vesper.data;

/**
 * One sequence to learn from.
 *
 * @param place where it comes from, such as {@code chats.jsonl:12}
 * @param tokens the whole sequence; all but the last are inputs
 * @param supervised for each token, whether the model is to predict it from those before; never the first
 * @param preference what was thought of what is supervised
 */
public record Row(String place, int[] tokens, boolean[] supervised, Preference preference) {
    public Row {
        if (tokens.length < 2 || supervised.length != tokens.length || supervised[0]) {
            throw new IllegalArgumentException("%s: a row of %d tokens with %d marks is not trainable"
                    .formatted(place, tokens.length, supervised.length));
        }
    }

    /** An example to be learnt. */
    public Row(String place, int[] tokens, boolean[] supervised) {
        this(place, tokens, supervised, Preference.NONE);
    }

    /** Positions that the model computes: all tokens but the last. */
    public int inputs() {
        return tokens.length - 1;
    }

    /** Tokens that are learnt. */
    public int targets() {
        int count = 0;
        for (boolean one : supervised) {
            count += one ? 1 : 0;
        }
        return count;
    }
}
