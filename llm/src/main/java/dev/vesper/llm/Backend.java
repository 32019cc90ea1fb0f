package dev.vesper.llm;

import dev.vesper.tensor.Workers;
import dev.vesper.tensor.kernel.KernelChoice;
import dev.vesper.tensor.op.Ops;
import dev.vesper.tensor.op.Tape;

/** The kernels and threads that something runs on: one pass at a time. */
public record Backend(KernelChoice choice, Workers workers) implements AutoCloseable {

    /**
     * The kernels of this name on so many threads.
     *
     * @param kernels auto, scalar, vector, x86 or x86-f32
     * @param threads 0 for as many as there are processors
     */
    public static Backend of(String kernels, int threads) {
        int processors = Runtime.getRuntime().availableProcessors();
        if (threads < 0 || threads > 1024) {
            throw new IllegalArgumentException(
                    "threads must be 0 (all %d) to 1024, got %d".formatted(processors, threads));
        }
        KernelChoice choice = KernelChoice.of(kernels);
        return new Backend(choice, new Workers(threads == 0 ? processors : threads));
    }

    public Ops inference() {
        return Ops.forInference(choice.kernels(), workers);
    }

    public Ops training(Tape tape) {
        return Ops.forTraining(choice.kernels(), workers, tape);
    }

    /** As {@link #training}, but blocks are computed again in the backward pass instead of being kept: same bits, slower. */
    public Ops trainingInLittleMemory(Tape tape) {
        return Ops.forTrainingInLittleMemory(choice.kernels(), workers, tape);
    }

    /** One line: what runs, and why. */
    public String describe() {
        return "%s kernels (%s), %d threads"
                .formatted(choice.kernels().description(), choice.reason(), workers.threads());
    }

    @Override
    public void close() {
        workers.close();
    }
}
