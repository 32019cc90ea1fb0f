package dev.vesper.train;

import dev.vesper.data.SplitMix;

import java.util.Arrays;

/** Which rows each step learns from: every epoch in an order of its own, which the seed decides. */
final class RowOrder {
    private final int examples;
    private final int rowsPerExample;
    private final StepOptions options;
    private final long seed;
    private final int stepsPerEpoch;
    private int shuffledEpoch = -1;
    private int[] shuffled = {};

    /** @param rowsPerExample neighbours that are learnt from together; a step takes so many times its batch */
    RowOrder(int rows, int rowsPerExample, StepOptions options, long seed) {
        this.examples = rows / rowsPerExample;
        this.rowsPerExample = rowsPerExample;
        this.options = options;
        this.seed = seed;
        this.stepsPerEpoch = Math.ceilDiv(examples, options.batch());
    }

    int totalSteps() {
        return options.steps() > 0 ? options.steps() : Math.multiplyExact(options.epochs(), stepsPerEpoch);
    }

    /** The epoch of a step, both counted from 0. */
    int epoch(int step) {
        return step / stepsPerEpoch;
    }

    /** The rows of a step, counted from 0. */
    int[] rows(int step) {
        int epoch = epoch(step);
        if (epoch != shuffledEpoch) {
            shuffled = SplitMix.of(seed, "epoch " + epoch).permutation(examples);
            shuffledEpoch = epoch;
        }
        int from = step % stepsPerEpoch * options.batch();
        int[] chosen = Arrays.copyOfRange(shuffled, from, Math.min(examples, from + options.batch()));
        int[] rows = new int[chosen.length * rowsPerExample];
        Arrays.setAll(rows, i -> chosen[i / rowsPerExample] * rowsPerExample + i % rowsPerExample);
        return rows;
    }
}
