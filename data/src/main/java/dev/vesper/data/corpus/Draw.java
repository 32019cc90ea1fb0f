package dev.vesper.data.corpus;

import dev.vesper.data.SplitMix;
import java.util.ArrayList;
import java.util.List;

/**
 * Choices by chance.
 *
 * @param heldOut whether names are those that are kept for measuring, or those to learn from
 */
record Draw(SplitMix random, boolean heldOut) {
    /** One of these. */
    <T> T pick(List<T> choices) {
        return choices.get(random.below(choices.size()));
    }

    /** Whether a thing happens that happens {@code percent} times in a hundred. */
    boolean chance(int percent) {
        return random.below(100) < percent;
    }

    /** A number from {@code low} to {@code high}, both included. */
    int between(int low, int high) {
        return low + random.below(high - low + 1);
    }

    /** So many of these at most, in random order. */
    <T> List<T> some(List<T> choices, int count) {
        List<T> some = new ArrayList<>();
        for (int index : random.permutation(choices.size())) {
            if (some.size() < count) {
                some.add(choices.get(index));
            }
        }
        return some;
    }
}
