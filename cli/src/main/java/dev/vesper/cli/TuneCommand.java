package dev.vesper.cli;

import dev.vesper.data.DataException;
import dev.vesper.data.DataFormat;
import dev.vesper.llm.ModelFile;
import dev.vesper.train.CheckpointPace;
import dev.vesper.train.LossCurve;
import dev.vesper.train.LossPlot;
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
            "  vesper tune --model model.gguf --data chats.jsonl --out my-adapter --evening 3h --sweep",
            "  vesper tune --model model.gguf --data chats.jsonl --out my-adapter --dry-run",
            "  vesper complete --model model.gguf --adapter my-adapter --prompt \"Once upon a time\" --max-tokens 100"
        })
final class TuneCommand implements Callable<Integer> {
    private static final int MOST_REFUSED = 200;
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

    @Mixin
    private LearningOptions learning = new LearningOptions();

    @Mixin
    private RunOptions run = new RunOptions();

    @Mixin
    private ChoiceOptions choices = new ChoiceOptions();

    @Option(names = "--dry-run", description = "Check everything, say what the run would need and take, and end.")
    private boolean dryRun;

    @Option(names = "--json", description = "Print the result as one JSON object.")
    private boolean json;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        PrintWriter err = spec.commandLine().getErr();
        TuneRequest asked = request();
        try {
            TuneRequest request = choices.choose(asked, run, err);
            return dryRun ? dryRun(request) : run(request, err);
        } catch (DataException e) {
            if (e.refusals().size() > 1) {
                e.refusals().stream().limit(MOST_REFUSED).forEach(err::println);
            }
            throw e;
        }
    }

    private int run(TuneRequest request, PrintWriter err) {
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

    private int dryRun(TuneRequest request) {
        PreflightReport.print(Tuner.preflight(request), json, spec.commandLine().getOut());
        return Vesper.DONE;
    }

    private TuneRequest request() {
        try (ModelFile file = ModelFile.open(model)) {
            return new TuneRequest(
                    model,
                    data,
                    format.orElseGet(() -> DataFormat.of(data)),
                    out,
                    preferences.applied(learning.options(file, run)),
                    CheckpointPace.defaults(),
                    run.kernels,
                    run.threads,
                    resume,
                    run.conduct());
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
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
            ending(result).ifPresent(to::println);
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

    private static Optional<String> ending(TrainResult result) {
        return switch (result.ending()) {
            case COMPLETE, STOPPED -> Optional.empty();
            case NO_PROGRESS -> Optional.of("ended at step %d: no lower held-out loss since step %d (--patience)"
                    .formatted(result.step(), result.curve().best().step()));
            case TIME -> Optional.of("ended at step %d: the time was over".formatted(result.step()));
        };
    }

    private record Summary(
            boolean finished,
            String ending,
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
                    result.ending().name().toLowerCase(Locale.ROOT),
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
