package dev.vesper.train;

import dev.vesper.data.SplitMix;

import java.util.Arrays;

/** Which rows each step learns from: every epoch in an order of its own, which the seed decides. */
final class RowOrder {
    private final int rows;
    private final StepOptions options;
    private final long seed;
    private final int stepsPerEpoch;
    private int shuffledEpoch = -1;
    private int[] shuffled = {};

    RowOrder(int rows, StepOptions options, long seed) {
        this.rows = rows;
        this.options = options;
        this.seed = seed;
        this.stepsPerEpoch = Math.ceilDiv(rows, options.batch());
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
            shuffled = SplitMix.of(seed, "epoch " + epoch).permutation(rows);
            shuffledEpoch = epoch;
        }
        int from = step % stepsPerEpoch * options.batch();
        return Arrays.copyOfRange(shuffled, from, Math.min(rows, from + options.batch()));
    }
}
