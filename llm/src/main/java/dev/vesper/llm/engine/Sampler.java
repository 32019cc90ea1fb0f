package dev.vesper.llm.engine;

import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Chooses tokens for one sequence. Keeps what penalties need, and a random generator of its own, so that a sequence gives
 * the same tokens whatever else runs. Not thread-safe.
 */
public final class Sampler {
    /** Candidates looked at first when the number needed is unknown. */
    private static final int FIRST_CANDIDATES = 128;

    private final SamplerOptions options;
    private final SplittableRandom random;
    private final int[] biased;
    private final float[] biases;
    private final TokenCounts generated = new TokenCounts();
    /** The last tokens, as a ring once it is as large as the window, and how often each occurs in it. */
    private int[] recent = new int[0];
    private final int window;
    private int observed;
    private final TokenCounts occurrences = new TokenCounts();
    private long[] heap = new long[FIRST_CANDIDATES];
    private long[] sorted = new long[FIRST_CANDIDATES];
    private float[] adjusted = new float[0];

    public Sampler(SamplerOptions options) {
        this.options = options;
        this.random = new SplittableRandom(options.seed());
        this.biased = new int[options.logitBias().size()];
        this.biases = new float[biased.length];
        int place = 0;
        for (Map.Entry<Integer, Double> bias : options.logitBias().entrySet()) {
            biased[place] = bias.getKey();
            biases[place++] = bias.getValue().floatValue();
        }
        this.window = options.repetitionPenalty() == 1 ? 0 : options.repetitionWindow();
    }

    /** Tells of a token of the prompt, in order. */
    public void observe(int token) {
        if (window == 0) {
            return;
        }
        if (observed >= window) {
            occurrences.add(recent[observed % window], -1);
        } else if (observed == recent.length) {
            recent = Arrays.copyOf(recent, (int) Math.min(window, 2L * observed + 64));
        }
        recent[observed++ % window] = token;
        occurrences.add(token, 1);
    }

    /** The next token, from a row of logits, which is not changed. */
    public int next(float[] logits, int offset, int count) {
        int token = choose(adjust(logits, offset, count), count);
        observe(token);
        if (penalisesGenerated()) {
            generated.add(token, 1);
        }
        return token;
    }

    private float[] adjust(float[] logits, int offset, int count) {
        if (adjusted.length < count) {
            adjusted = new float[count];
        }
        System.arraycopy(logits, offset, adjusted, 0, count);
        for (int i = 0; i < biased.length; i++) {
            adjusted[biased[i]] += biases[i];
        }
        penalise();
        return adjusted;
    }

    private void penalise() {
        double penalty = options.repetitionPenalty();
        for (int place = 0; place < occurrences.places(); place++) {
            if (occurrences.count(place) != 0) {
                int token = occurrences.token(place);
                float logit = adjusted[token];
                adjusted[token] = (float) (logit > 0 ? logit / penalty : logit * penalty);
            }
        }
        for (int place = 0; place < generated.places(); place++) {
            int times = generated.count(place);
            if (times != 0) {
                adjusted[generated.token(place)] -=
                        (float) (options.presencePenalty() + times * options.frequencyPenalty());
            }
        }
    }

    private boolean penalisesGenerated() {
        return options.presencePenalty() != 0 || options.frequencyPenalty() != 0;
    }

    private int choose(float[] logits, int count) {
        if (options.temperature() == 0) {
            return mostLikely(logits, count);
        }
        boolean all = options.topK() == 0 && options.topP() == 1 && options.minP() == 0;
        return all ? drawFromAll(logits, count) : drawFromBest(logits, count);
    }

    /** The lowest of the tokens with the largest logit. */
    private static int mostLikely(float[] logits, int count) {
        int best = 0;
        for (int i = 0; i < count; i++) {
            if (logits[i] > logits[best]) {
                best = i;
            } else if (Float.isNaN(logits[i])) {
                throw new ArithmeticException("the logit of token %d of %d is not a number".formatted(i, count));
            }
        }
        if (Float.isInfinite(logits[best])) {
            throw new ArithmeticException(
                    "the largest logit, that of token %d of %d, is %s".formatted(best, count, logits[best]));
        }
        return best;
    }

    private double weight(float logit, float best) {
        return Math.exp(((double) logit - best) / options.temperature());
    }

    private int drawFromAll(float[] logits, int count) {
        float best = logits[mostLikely(logits, count)];
        double total = 0;
        for (int i = 0; i < count; i++) {
            total += weight(logits[i], best);
        }
        double left = random.nextDouble() * total;
        for (int i = 0; i < count; i++) {
            left -= weight(logits[i], best);
            if (left < 0) {
                return i;
            }
        }
        return mostLikely(logits, count);
    }

    /** Sorts only as many candidates as the filters let through. */
    private int drawFromBest(float[] logits, int count) {
        float best = logits[mostLikely(logits, count)];
        int limit = options.topK() > 0 ? Math.min(options.topK(), count) : count;
        int size = Math.min(limit, options.topK() > 0 ? limit : FIRST_CANDIDATES);
        double total = options.topP() < 1 ? total(logits, count, best, limit) : 0;
        while (true) {
            best(logits, count, size);
            int kept = kept(size, best, total, size == limit);
            if (kept >= 0) {
                return draw(kept, best);
            }
            size = (int) Math.min(limit, 8L * size);
        }
    }

    /** The sum that probabilities are shares of: over all tokens, or over the top k, which top-p is applied to. */
    private double total(float[] logits, int count, float best, int limit) {
        if (limit < count) {
            double sum = 0;
            long[] keys = best(logits, count, limit);
            for (int i = 0; i < limit; i++) {
                sum += weight(logit(keys[i]), best);
            }
            return sum;
        }
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += weight(logits[i], best);
        }
        return sum;
    }

    /** How many of the sorted candidates pass; -1 if that cannot be told from so few. */
    private int kept(int size, float best, double total, boolean complete) {
        double sum = 0;
        for (int i = 0; i < size; i++) {
            double weight = weight(logit(sorted[i]), best);
            if (i > 0 && weight < options.minP()) {
                return i;
            }
            sum += weight;
            if (options.topP() < 1 && sum >= options.topP() * total) {
                return i + 1;
            }
        }
        return complete ? size : -1;
    }

    private int draw(int kept, float best) {
        double total = 0;
        for (int i = 0; i < kept; i++) {
            total += weight(logit(sorted[i]), best);
        }
        double left = random.nextDouble() * total;
        for (int i = 0; i < kept; i++) {
            left -= weight(logit(sorted[i]), best);
            if (left < 0) {
                return token(sorted[i]);
            }
        }
        return token(sorted[0]);
    }

    /** Fills {@link #sorted} with the {@code size} largest logits in falling order, equal ones by rising token. */
    private long[] best(float[] logits, int count, int size) {
        if (heap.length < size) {
            heap = new long[size];
        }
        for (int i = 0; i < size; i++) {
            heap[i] = key(logits[i], i);
        }
        for (int i = size / 2 - 1; i >= 0; i--) {
            sink(i, size);
        }
        for (int i = size; i < count; i++) {
            long key = key(logits[i], i);
            if (key > heap[0]) {
                heap[0] = key;
                sink(0, size);
            }
        }
        if (sorted.length < size) {
            sorted = new long[size];
        }
        System.arraycopy(heap, 0, sorted, 0, size);
        Arrays.sort(sorted, 0, size);
        for (int i = 0; i < size / 2; i++) {
            long swap = sorted[i];
            sorted[i] = sorted[size - 1 - i];
            sorted[size - 1 - i] = swap;
        }
        return sorted;
    }

    private void sink(int index, int size) {
        int parent = index;
        while (true) {
            int child = 2 * parent + 1;
            if (child >= size) {
                return;
            }
            if (child + 1 < size && heap[child + 1] < heap[child]) {
                child++;
            }
            if (heap[parent] <= heap[child]) {
                return;
            }
            long swap = heap[parent];
            heap[parent] = heap[child];
            heap[child] = swap;
            parent = child;
        }
    }

    /** Orders like the logit, then against the token id; both can be read back. */
    private static long key(float logit, int token) {
        // -0 is equal to 0, but its bits are not
        int bits = Float.floatToIntBits(logit + 0f);
        int ordered = bits >= 0 ? bits : bits ^ 0x7fffffff;
        return (long) ordered << 32 | (0xffffffffL & ~token);
    }

    private static float logit(long key) {
        int ordered = (int) (key >> 32);
        return Float.intBitsToFloat(ordered >= 0 ? ordered : ordered ^ 0x7fffffff);
    }

    private static int token(long key) {
        return ~(int) key;
    }
}
