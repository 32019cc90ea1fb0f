package dev.vesper.cli;

import dev.vesper.llm.ModelFile;
import dev.vesper.llm.file.TensorInfo;
import dev.vesper.train.Method;
import dev.vesper.train.TrainOptions;
import java.util.List;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** What fine-tuning fits to the data, and what of its steps is its own. */
final class LearningOptions {
    private static final int LONGEST_DEFAULT = 1024;

    @ArgGroup
    private What what = new What();

    @Option(names = "--batch", paramLabel = "B", defaultValue = "8", description = "Rows in a step; ${DEFAULT-VALUE}.")
    private int batch;

    @Option(
            names = "--max-sequence",
            paramLabel = "N",
            description = "Tokens in a row at most; the model's context by default, but not over " + LONGEST_DEFAULT
                    + ".")
    private int maxSequence;

    @Option(
            names = "--learning-rate",
            paramLabel = "X",
            description = "The highest; 2e-4 for models of up to 2 billion parameters and 1e-4 above, with --full a tenth of that.")
    private double learningRate;

    /** An adapter, or all weights. */
    private static final class What {
        @Option(names = "--full", required = true, description = "Train every weight instead of an adapter.")
        private boolean full;

        @ArgGroup(exclusive = false)
        private Adapter adapter = new Adapter();
    }

    /** The shape of an adapter. */
    private static final class Adapter {
        @Option(
                names = "--rank", paramLabel = "R", defaultValue = "16",
                description = "Rank of the adapter; ${DEFAULT-VALUE}.")
        private int rank = 16;

        @Option(
                names = "--alpha",
                paramLabel = "A",
                defaultValue = "32",
                description = "The adapter counts A / R times; ${DEFAULT-VALUE}.")
        private double alpha = 32;

        @Option(
                names = "--targets",
                paramLabel = "LAYER",
                split = ",",
                description = "Layers to adapt, such as attn_q,attn_v (or q_proj,v_proj); all seven by default.")
        private List<String> targets = List.of();
    }

    /** The settings for this model. */
    TrainOptions options(ModelFile file, RunOptions run) {
        Method method = what.full
                ? new Method.Full()
                : new Method.Lora(
                        what.adapter.rank,
                        what.adapter.alpha,
                        what.adapter.targets.isEmpty() ? Method.Lora.ALL : what.adapter.targets);
        int context = file.model().shape().contextLength();
        long parameters = file.checkpoint().tensors().values().stream().mapToLong(TensorInfo::elements).sum();
        double rate = run.given("--learning-rate")
                ? learningRate
                : TrainOptions.defaultLearningRate(method, parameters);
        return new TrainOptions(
                method,
                run.rows(run.given("--max-sequence") ? maxSequence : Math.min(context, LONGEST_DEFAULT)),
                run.steps(batch),
                run.schedule(rate),
                run.optimizer(),
                run.clip(),
                run.seed());
    }
}
