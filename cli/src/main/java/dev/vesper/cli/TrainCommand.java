package dev.vesper.cli;

import dev.vesper.data.DataFormat;
import dev.vesper.data.Row;
import dev.vesper.llm.Backend;
import dev.vesper.llm.ModelFile;
import dev.vesper.train.CheckpointPace;
import dev.vesper.train.HeldOutLoss;
import dev.vesper.train.Method;
import dev.vesper.train.ScratchRequest;
import dev.vesper.train.ScratchTrainer;
import dev.vesper.train.TrainOptions;
import dev.vesper.train.TrainResult;
import dev.vesper.train.fresh.Blueprint;
import dev.vesper.train.vocabulary.VocabularyTrainer;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Trains a small model from nothing but a file. */
@Command(
        name = "train",
        defaultValueProvider = TrainCommand.Defaults.class,
        description = {
            "Train a small model from scratch: vocabulary, random weights, and all of them trained.",
            "",
            "DIR gets model.gguf in the format that was asked for; start.gguf, the random weights with the vocabulary; and",
            "run/ with the float32 model that was best on held-out rows, checkpoint.safetensors to resume from, run.json",
            "with all settings and figures, and loss.svg. Ctrl-C writes a checkpoint and ends.",
            ""
        },
        footer = {
            "",
            "Examples:",
            "  vesper train --data chats.jsonl --out my-model",
            "  vesper train --data book.txt --out my-model --vocabulary 4096 --dim 320 --layers 8 --epochs 4"
        })
final class TrainCommand implements Callable<Integer> {
    @Option(
            names = "--data",
            required = true,
            paramLabel = "FILE",
            description = "What to learn from: conversations (.jsonl, .json) in a form that vesper tune reads, or text (.txt, .md).")
    private Path data = Path.of("");

    @Option(
            names = "--data-format", paramLabel = "KIND",
            description = "text, chat, sharegpt or alpaca, for a file that does not tell.")
    private Optional<DataFormat> dataFormat = Optional.empty();

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "A new or empty folder for the result.")
    private Path out = Path.of("");

    @Option(
            names = "--name", paramLabel = "NAME",
            description = "What the model is called in its file; the name of DIR by default.")
    private String name = "";

    @Option(names = "--resume", description = "Go on with the interrupted run in DIR, with the same settings.")
    private boolean resume;

    @Mixin
    private ShapeOptions shape = new ShapeOptions();

    @Option(
            names = "--format", paramLabel = "F", defaultValue = "Q8_0",
            description = "The format of model.gguf, as of vesper quantize; ${DEFAULT-VALUE}.")
    private String format = "Q8_0";

    @Option(
            names = "--batch-tokens", paramLabel = "N", defaultValue = "4096",
            description = "Tokens in a step, about: as many rows as have so many in the mean; ${DEFAULT-VALUE}.")
    private int batchTokens;

    @Option(
            names = "--learning-rate", paramLabel = "X", defaultValue = "2e-3",
            description = "The highest; ${DEFAULT-VALUE}.")
    private double learningRate;

    @Option(
            names = "--max-sequence", paramLabel = "N",
            description = "Tokens in a row at most; by default the --context of the model.")
    private int maxSequence;

    @Mixin
    private RunOptions run = new RunOptions();

    @Option(names = "--dry-run", description = "Check everything, say what the run would need and take, and end.")
    private boolean dryRun;

    @Option(names = "--json", description = "Print the result as one JSON object.")
    private boolean json;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException {
        Mixture mixture = Mixture.named(format);
        ScratchRequest request = request();
        if (dryRun) {
            return dryRun(request);
        }
        PrintWriter err = spec.commandLine().getErr();
        try (TuneProgress progress = TuneProgress.of(err)) {
            TrainWatch watch = new TrainWatch(progress);
            TrainResult result = ScratchTrainer.run(
                    request, this::say, watch);
            if (!result.finished()) {
                err.println("stopped after step %d of %d; to go on: the same command with --resume"
                        .formatted(result.step(), result.totalSteps()));
                err.flush();
                return Vesper.FAILED;
            }
            TrainReport report = finish(result, mixture, watch.heldOut());
            PrintWriter printer = spec.commandLine().getOut();
            if (json) {
                printer.println(Json.of(report));
            } else {
                report.print(result.curve(), printer);
            }
            printer.flush();
            return Vesper.DONE;
        }
    }

    private int dryRun(ScratchRequest request) {
        PreflightReport.print(ScratchTrainer.preflight(request, this::say), json, spec.commandLine().getOut());
        return Vesper.DONE;
    }

    private void say(VocabularyTrainer.Result learnt, long parameters, int rows) {
        PrintWriter err = spec.commandLine().getErr();
        int size = learnt.vocabulary().size();
        err.println("a vocabulary of %d tokens%s, in which %d texts take %d tokens; %d parameters; %d rows in a step"
                .formatted(
                        size,
                        size < learnt.asked()
                                ? " (of %d asked for: no other piece occurs twice)".formatted(learnt.asked())
                                : "",
                        learnt.texts(),
                        learnt.tokens(),
                        parameters,
                        rows));
        err.flush();
    }

    /** Writes the model in its format, reads it back, and measures what was lost. */
    private TrainReport finish(TrainResult result, Mixture mixture, List<Row> heldOut) throws IOException {
        Path model = out.resolve("model.gguf");
        try (Backend backend = Backend.of(run.kernels, run.threads)) {
            Quantizer.of(result.result(), model, mixture).write(backend.workers(), spec.commandLine().getErr());
            try (ModelFile file = ModelFile.open(model)) {
                double loss = HeldOutLoss.of(file.model(), heldOut, run.microBatchTokens(), backend);
                return TrainReport.of(result, model, Files.size(model), mixture, loss);
            }
        }
    }

    private ScratchRequest request() {
        try {
            Blueprint blueprint = shape.blueprint(name.isEmpty() ? fileName(out) : name);
            TrainOptions options = new TrainOptions(
                    new Method.Full(),
                    run.rows(run.given("--max-sequence") ? maxSequence : blueprint.context()),
                    run.steps(1),
                    run.schedule(learningRate),
                    run.optimizer(),
                    run.clip(),
                    run.seed());
            return new ScratchRequest(
                    blueprint,
                    data,
                    dataFormat.orElseGet(() -> DataFormat.of(data)),
                    out,
                    options,
                    batchTokens,
                    CheckpointPace.defaults(),
                    run.kernels,
                    run.threads,
                    resume,
                    run.conduct());
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    private static String fileName(Path folder) {
        return String.valueOf(folder.toAbsolutePath().normalize().getFileName());
    }

    /** The shape of the model. */
    static final class ShapeOptions {
        @Option(
                names = "--vocabulary", paramLabel = "N", defaultValue = "2048",
                description = "Tokens in the vocabulary; ${DEFAULT-VALUE}.")
        private int vocabulary;

        @Option(names = "--dim", paramLabel = "N", defaultValue = "256", description = "Width; ${DEFAULT-VALUE}.")
        private int dim;

        @Option(names = "--layers", paramLabel = "N", defaultValue = "6", description = "Blocks; ${DEFAULT-VALUE}.")
        private int layers;

        @Option(
                names = "--heads", paramLabel = "N", defaultValue = "4",
                description = "Attention heads; ${DEFAULT-VALUE}.")
        private int heads;

        @Option(
                names = "--kv-heads", paramLabel = "N", defaultValue = "2",
                description = "Heads of keys and values, which several attention heads may share; ${DEFAULT-VALUE}.")
        private int keyValueHeads;

        @Option(
                names = "--feed-forward", paramLabel = "N", defaultValue = "704",
                description = "Width within the feed-forward layers; ${DEFAULT-VALUE}.")
        private int feedForward;

        @Option(
                names = "--context", paramLabel = "N", defaultValue = "512",
                description = "Tokens of a row at most, and of a conversation; ${DEFAULT-VALUE}.")
        private int context;

        Blueprint blueprint(String name) {
            return new Blueprint(name, vocabulary, dim, layers, heads, keyValueHeads, feedForward, context);
        }
    }

    /** Where training from scratch starts from other values than fine-tuning. */
    static final class Defaults implements IDefaultValueProvider {
        private static final Map<String, String> VALUES = Map.of(
                "--epochs", "1", "--micro-batch-tokens", "4096", "--warm-up", "0.03", "--betas", "0.9,0.95",
                "--weight-decay", "0.1", "--held-out", "0.005");

        @Override
        public @Nullable String defaultValue(ArgSpec argument) {
            return argument instanceof OptionSpec option ? VALUES.get(option.longestName()) : null;
        }
    }
}
