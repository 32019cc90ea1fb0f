package dev.vesper.cli;

import dev.vesper.data.DataFormat;
import dev.vesper.data.RowOptions;
import dev.vesper.llm.ModelFile;
import dev.vesper.llm.file.TensorInfo;
import dev.vesper.train.AdamWOptions;
import dev.vesper.train.CheckpointPace;
import dev.vesper.train.LossCurve;
import dev.vesper.train.LossPlot;
import dev.vesper.train.Method;
import dev.vesper.train.Schedule;
import dev.vesper.train.ScheduleOptions;
import dev.vesper.train.StepOptions;
import dev.vesper.train.TrainOptions;
import dev.vesper.train.TrainResult;
import dev.vesper.train.TuneRequest;
import dev.vesper.train.Tuner;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Fine-tunes a model on a file. */
@Command(
        name = "tune",
        description = {
            "Fine-tune a model on a file: an adapter (LoRA), or with --full every weight.",
            "",
            "DIR gets the result that was best on held-out rows (adapter_config.json and adapter_model.safetensors, or",
            "model.gguf), checkpoint.safetensors to resume from, run.json with all settings and figures, and loss.svg.",
            "Ctrl-C writes a checkpoint and ends.",
            ""
        },
        footer = {
            "",
            "Examples:",
            "  vesper tune --model model.gguf --data chats.jsonl --out my-adapter",
            "  vesper tune --model model.gguf --data book.txt --out my-adapter --epochs 3 --learning-rate 1e-3",
            "  vesper tune --model model.gguf --data pairs.jsonl --out my-adapter --objective dpo --beta 0.1",
            "  vesper complete --model model.gguf --adapter my-adapter --prompt \"Once upon a time\" --max-tokens 100"
        })
final class TuneCommand implements Callable<Integer> {
    private static final int LONGEST_DEFAULT = 1024;
    private static final int MICRO_BATCH_TOKENS = 2048;
    private static final int PLOT_COLUMNS = 72;
    private static final int PLOT_LINES = 12;

    @Option(names = "--model", required = true, paramLabel = "FILE", description = "The model, a GGUF file.")
    private Path model = Path.of("");

    @Option(
            names = "--data",
            required = true,
            paramLabel = "FILE",
            description = {
                "What to learn from: conversations (.jsonl or .json: {\"messages\": [...]}, ShareGPT's conversations, Alpaca's",
                "instruction and output), or text (.txt, .md); with --objective, pairs or judged answers."
            })
    private Path data = Path.of("");

    @Option(
            names = "--format", paramLabel = "KIND",
            description = "text, chat, sharegpt, alpaca, pairs or judged, for a file that does not tell.")
    private Optional<DataFormat> format = Optional.empty();

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "A new or empty folder for the result.")
    private Path out = Path.of("");

    @Option(names = "--resume", description = "Go on with the interrupted run in DIR, with the same settings.")
    private boolean resume;

    @Mixin
    private PreferenceOptions preferences = new PreferenceOptions();

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
            names = "--seed", paramLabel = "S", defaultValue = "1",
            description = "Same seed, same result; ${DEFAULT-VALUE}.")
    private long seed;

    @Option(
            names = "--threads", converter = Values.Threads.class, paramLabel = "T",
            description = "Threads to compute with; 0, the default, for all processors.")
    private int threads;

    @Option(
            names = "--kernels", converter = Values.Kernels.class,
            paramLabel = "KIND",
            defaultValue = "auto",
            description = "auto, scalar or vector; auto takes the fastest that runs here.")
    private String kernels = "auto";

    @Option(names = "--json", description = "Print the result as one JSON object.")
    private boolean json;

    @Spec
    private CommandSpec spec = CommandSpec.create();

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

    @Override
    public Integer call() {
        TuneRequest request = request();
        PrintWriter err = spec.commandLine().getErr();
        try (TuneProgress progress = TuneProgress.of(err)) {
            TrainResult result = Tuner.run(request, progress);
            print(result, spec.commandLine().getOut());
            if (!result.finished()) {
                err.println("stopped after step %d of %d; to go on: the same command with --resume"
                        .formatted(result.step(), result.totalSteps()));
                err.flush();
                return Vesper.FAILED;
            }
            return Vesper.DONE;
        }
    }

    private TuneRequest request() {
        try (ModelFile file = ModelFile.open(model)) {
            return new TuneRequest(
                    model,
                    data,
                    format.orElseGet(() -> DataFormat.of(data)),
                    out,
                    preferences.applied(options(file)),
                    CheckpointPace.defaults(),
                    kernels,
                    threads,
                    resume);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    private TrainOptions options(ModelFile file) {
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
                new StepOptions(epochs, steps, batch, microBatchTokens, evaluateEvery),
                new ScheduleOptions(schedule, rate, warmUp),
                AdamWOptions.defaults().weightDecay(weightDecay),
                clip,
                seed);
    }

    private boolean given(String option) {
        return spec.commandLine().getParseResult().hasMatchedOption(option);
    }

    private void print(TrainResult result, PrintWriter to) {
        Summary summary = Summary.of(result);
        if (json) {
            to.println(Json.of(summary));
        } else {
            to.print(LossPlot.of(result.curve(), PLOT_COLUMNS, PLOT_LINES));
            to.printf(
                    Locale.ROOT,
                    "held-out loss %.4f -> %.4f (%+.1f %%) at step %d of %d%n",
                    summary.heldOutLossAtStart(),
                    summary.heldOutLossBest(),
                    summary.changePercent(),
                    summary.bestStep(),
                    result.totalSteps());
            if (!summary.heldOutMargins().isEmpty()) {
                to.println(margins(result.curve()));
            }
            to.printf(
                    Locale.ROOT,
                    "%s, %.0f tokens/s, peak memory %s%n",
                    TuneProgress.time(Duration.ofMillis((long) (1000 * result.seconds()))),
                    result.tokensPerSecond(),
                    Sizes.of(result.peakMemory()));
            if (summary.bestStep() == 0) {
                to.println("nothing better than the start was found: the result is what it began with");
            }
            to.println(summary.result());
        }
        to.flush();
    }

    /** What became of the margin in the result, which is that of the lowest loss. */
    private static String margins(LossCurve curve) {
        LossCurve.Margin start = curve.heldOutMargins().getFirst();
        LossCurve.Margin best = curve.heldOutMargins().stream()
                .filter(margin -> margin.step() == curve.best().step())
                .findFirst()
                .orElseThrow();
        return String.format(
                Locale.ROOT,
                "held-out margin %.4f -> %.4f, accuracy %.1f %% -> %.1f %%",
                start.margin(), best.margin(), 100 * start.accuracy(), 100 * best.accuracy());
    }

    private record Summary(
            boolean finished,
            String result,
            String run,
            int steps,
            int totalSteps,
            int bestStep,
            double heldOutLossAtStart,
            double heldOutLossBest,
            double changePercent,
            List<LossCurve.Margin> heldOutMargins,
            double seconds,
            long tokens,
            double tokensPerSecond,
            long peakMemoryBytes) {
        static Summary of(TrainResult result) {
            LossCurve curve = result.curve();
            double start = curve.start().loss();
            double best = curve.best().loss();
            return new Summary(
                    result.finished(),
                    result.result().toString(),
                    result.directory().record().toString(),
                    result.step(),
                    result.totalSteps(),
                    curve.best().step(),
                    start,
                    best,
                    100 * (best / start - 1),
                    curve.heldOutMargins(),
                    result.seconds(),
                    result.tokens(),
                    result.tokensPerSecond(),
                    result.peakMemory());
        }
    }
}
