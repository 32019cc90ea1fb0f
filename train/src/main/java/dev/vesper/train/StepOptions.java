package dev.vesper.train;

/**
 * What a step is, and how many there are.
 *
 * @param epochs passes over the rows, unless {@code steps} says how long
 * @param steps 0, or how many steps, over as many passes as that takes
 * @param batch rows of a step; the last of an epoch takes what is left
 * @param microBatchTokens positions that go through the model at a time, which bounds memory: steps of more are summed
 *     up over several passes
 * @param evaluateEvery steps between measurements on the held-out rows; 0 for ten over the run
 * @param patience measurements without a lower loss after which the run ends; 0 for never
 */
public record StepOptions(
        int epochs, int steps, int batch, int microBatchTokens, int evaluateEvery, int patience) {
    public StepOptions {
        if (epochs < 1 || steps < 0 || batch < 1 || microBatchTokens < 1 || evaluateEvery < 0 || patience < 0) {
            throw new IllegalArgumentException(
                    "epochs %d, batch %d and micro-batch tokens %d must be positive, steps %d, evaluate-every %d and patience %d not negative"
                            .formatted(epochs, batch, microBatchTokens, steps, evaluateEvery, patience));
        }
    }

    /** Without end before the last step. */
    public StepOptions(int epochs, int steps, int batch, int microBatchTokens, int evaluateEvery) {
        this(epochs, steps, batch, microBatchTokens, evaluateEvery, 0);
    }

    public StepOptions microBatchTokens(int tokens) {
        return new StepOptions(epochs, steps, batch, tokens, evaluateEvery, patience);
    }

    public StepOptions steps(int count) {
        return new StepOptions(epochs, count, batch, microBatchTokens, evaluateEvery, patience);
    }

    public StepOptions epochs(int count) {
        return new StepOptions(count, steps, batch, microBatchTokens, evaluateEvery, patience);
    }

    public StepOptions batch(int rows) {
        return new StepOptions(epochs, steps, rows, microBatchTokens, evaluateEvery, patience);
    }

    public StepOptions patience(int measurements) {
        return new StepOptions(epochs, steps, batch, microBatchTokens, evaluateEvery, measurements);
    }

    public StepOptions evaluateEvery(int count) {
        return new StepOptions(epochs, steps, batch, microBatchTokens, count, patience);
    }
}
