package dev.vesper.cli;

import dev.vesper.data.RowOptions;
import dev.vesper.llm.ModelFile;
import dev.vesper.llm.file.TensorInfo;
import dev.vesper.train.AdamWOptions;
import dev.vesper.train.Method;
import dev.vesper.train.Schedule;
import dev.vesper.train.ScheduleOptions;
import dev.vesper.train.StepOptions;
import dev.vesper.train.TrainOptions;
import java.util.List;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What a run learns, and how: the options that decide the bits of its result. */
final class LearningOptions {
    private static final int LONGEST_DEFAULT = 1024;
    private static final int MICRO_BATCH_TOKENS = 2048;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec mixee = CommandSpec.create();

    @ArgGroup
    private What what = new What();

    @Option(
            names = "--epochs", paramLabel = "E", defaultValue = "2",
            description = "Passes over the data; ${DEFAULT-VALUE}.")
    private int epochs;

    @Option(names = "--steps", paramLabel = "N", description = "Steps instead of epochs.")
    private int steps;

    @Option(names = "--batch", paramLabel = "B", defaultValue = "8", description = "Rows in a step; ${DEFAULT-VALUE}.")
    private int batch;

    @Option(
            names = "--max-sequence",
            paramLabel = "N",
            description = "Tokens in a row at most; the model's context by default, but not over " + LONGEST_DEFAULT
                    + ".")
    private int maxSequence;

    @Option(names = "--truncate", description = "Cut conversations that are longer, instead of refusing them.")
    private boolean truncate;

    @Option(
            names = "--skip-bad-rows",
            description = "Go on without the rows that cannot be used, which are listed; otherwise they refuse the file.")
    private boolean skipBadRows;

    @Option(
            names = "--micro-batch-tokens",
            paramLabel = "N",
            defaultValue = "" + MICRO_BATCH_TOKENS,
            description = "Tokens computed at a time: less needs less memory; ${DEFAULT-VALUE}.")
    private int microBatchTokens;

    @Option(
            names = "--learning-rate",
            paramLabel = "X",
            description = "The highest; 2e-4 for models of up to 2 billion parameters and 1e-4 above, with --full a tenth of that.")
    private double learningRate;

    @Option(
            names = "--schedule",
            paramLabel = "KIND",
            defaultValue = "cosine",
            description = "constant, linear or cosine; ${DEFAULT-VALUE}.")
    private Schedule.Kind schedule = Schedule.Kind.COSINE;

    @Option(
            names = "--warm-up",
            paramLabel = "SHARE",
            defaultValue = "0.05",
            description = "Share of the run over which the learning rate rises; ${DEFAULT-VALUE}.")
    private double warmUp;

    @Option(names = "--weight-decay", paramLabel = "X", defaultValue = "0", description = "Of AdamW; ${DEFAULT-VALUE}.")
    private double weightDecay;

    @Option(
            names = "--clip",
            paramLabel = "NORM",
            defaultValue = "1",
            description = "Scale larger gradients down to this norm, 0 for never; ${DEFAULT-VALUE}.")
    private double clip;

    @Option(
            names = "--held-out",
            paramLabel = "SHARE",
            defaultValue = "0.05",
            description = "Share of the rows to measure on and not to learn from, at least one; ${DEFAULT-VALUE}.")
    private double heldOut;

    @Option(
            names = "--evaluate-every",
            paramLabel = "N",
            defaultValue = "0",
            description = "Steps between measurements; 0, the default, for ten over the run.")
    private int evaluateEvery;

    @Option(
            names = "--patience",
            paramLabel = "N",
            defaultValue = "0",
            description = "End after N measurements without a lower held-out loss; 0, the default, for never.")
    private int patience;

    @Option(
            names = "--seed", paramLabel = "S", defaultValue = "1",
            description = "Same seed, same result; ${DEFAULT-VALUE}.")
    private long seed;

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
    TrainOptions options(ModelFile file) {
        Method method = what.full
                ? new Method.Full()
                : new Method.Lora(
                        what.adapter.rank,
                        what.adapter.alpha,
                        what.adapter.targets.isEmpty() ? Method.Lora.ALL : what.adapter.targets);
        int context = file.model().shape().contextLength();
        long parameters = file.checkpoint().tensors().values().stream().mapToLong(TensorInfo::elements).sum();
        double rate = given("--learning-rate") ? learningRate : TrainOptions.defaultLearningRate(method, parameters);
        return new TrainOptions(
                method,
                new RowOptions(given("--max-sequence") ? maxSequence : Math.min(context, LONGEST_DEFAULT), truncate,
                        heldOut, skipBadRows),
                new StepOptions(epochs, steps, batch, microBatchTokens, evaluateEvery, patience),
                new ScheduleOptions(schedule, rate, warmUp),
                AdamWOptions.defaults().weightDecay(weightDecay),
                clip,
                seed);
    }

    /** Whether the user has set the option. */
    boolean given(String option) {
        return mixee.commandLine().getParseResult().hasMatchedOption(option);
    }
}
