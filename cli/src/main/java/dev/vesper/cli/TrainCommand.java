package dev.vesper.cli;

import dev.vesper.data.DataFormat;
import dev.vesper.data.Row;
import dev.vesper.data.RowOptions;
import dev.vesper.llm.Backend;
import dev.vesper.llm.ModelFile;
import dev.vesper.train.AdamWOptions;
import dev.vesper.train.CheckpointPace;
import dev.vesper.train.HeldOutLoss;
import dev.vesper.train.Method;
import dev.vesper.train.Schedule;
import dev.vesper.train.ScheduleOptions;
import dev.vesper.train.ScratchRequest;
import dev.vesper.train.ScratchTrainer;
import dev.vesper.train.StepOptions;
import dev.vesper.train.TrainOptions;
import dev.vesper.train.TrainResult;
import dev.vesper.train.fresh.Blueprint;
import dev.vesper.train.vocabulary.VocabularyTrainer;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Trains a small model from nothing but a file. */
@Command(
        name = "train",
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

    @Mixin
    private LearningOptions learning = new LearningOptions();

    @Option(
            names = "--seed", paramLabel = "S", defaultValue = "1",
            description = "Same seed, same result; ${DEFAULT-VALUE}.")
    private long seed;

    @Option(
            names = "--threads", converter = Values.Threads.class, paramLabel = "T",
            description = "Threads to compute with; 0, the default, for all processors.")
    private int threads;

    @Option(
            names = "--kernels", converter = Values.Kernels.class, paramLabel = "KIND", defaultValue = "auto",
            description = "auto, scalar or vector; auto takes the fastest that runs here.")
    private String kernels = "auto";

    @Option(names = "--json", description = "Print the result as one JSON object.")
    private boolean json;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException {
        Mixture mixture = Mixture.named(format);
        ScratchRequest request = request();
        PrintWriter err = spec.commandLine().getErr();
        try (TuneProgress progress = TuneProgress.of(err)) {
            TrainWatch watch = new TrainWatch(progress);
            TrainResult result = ScratchTrainer.run(
                    request, (vocabulary, parameters, rows) -> say(vocabulary, parameters, rows), watch);
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
        try (Backend backend = Backend.of(kernels, threads)) {
            Quantizer.of(result.result(), model, mixture).write(backend.workers(), spec.commandLine().getErr());
            try (ModelFile file = ModelFile.open(model)) {
                double loss = HeldOutLoss.of(file.model(), heldOut, learning.microBatchTokens(), backend);
                return TrainReport.of(result, model, Files.size(model), mixture, loss);
            }
        }
    }

    private ScratchRequest request() {
        try {
            Blueprint blueprint = shape.blueprint(name.isEmpty() ? fileName(out) : name);
            TrainOptions options = new TrainOptions(
                    new Method.Full(),
                    new RowOptions(blueprint.context(), learning.truncate(), learning.heldOut()),
                    new StepOptions(learning.epochs(), learning.steps(), 1, learning.microBatchTokens(),
                            learning.evaluateEvery()),
                    learning.schedule(),
                    learning.optimizer(),
                    learning.clip(),
                    seed);
            return new ScratchRequest(
                    blueprint,
                    data,
                    dataFormat.orElseGet(() -> DataFormat.of(data)),
                    out,
                    options,
                    learning.batchTokens(),
                    CheckpointPace.defaults(),
                    kernels,
                    threads,
                    resume);
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

    /** How it learns. */
    static final class LearningOptions {
        @Option(
                names = "--epochs", paramLabel = "E", defaultValue = "1",
                description = "Passes over the data; ${DEFAULT-VALUE}.")
        private int epochs;

        @Option(names = "--steps", paramLabel = "N", description = "Steps instead of epochs.")
        private int steps;

        @Option(
                names = "--batch-tokens", paramLabel = "N", defaultValue = "4096",
                description = "Tokens in a step, about: as many rows as have so many in the mean; ${DEFAULT-VALUE}.")
        private int batchTokens;

        @Option(
                names = "--micro-batch-tokens", paramLabel = "N", defaultValue = "4096",
                description = "Tokens computed at a time: less needs less memory; ${DEFAULT-VALUE}.")
        private int microBatchTokens;

        @Option(names = "--truncate", description = "Cut conversations that are longer, instead of refusing them.")
        private boolean truncate;

        @Option(
                names = "--learning-rate", paramLabel = "X", defaultValue = "2e-3",
                description = "The highest; ${DEFAULT-VALUE}.")
        private double learningRate;

        @Option(
                names = "--schedule", paramLabel = "KIND", defaultValue = "cosine",
                description = "constant, linear or cosine; ${DEFAULT-VALUE}.")
        private Schedule.Kind schedule = Schedule.Kind.COSINE;

        @Option(
                names = "--warm-up", paramLabel = "SHARE", defaultValue = "0.03",
                description = "Share of the run over which the learning rate rises; ${DEFAULT-VALUE}.")
        private double warmUp;

        @Option(
                names = "--betas", paramLabel = "B", defaultValue = "0.9,0.95", split = ",",
                description = "The two of AdamW; ${DEFAULT-VALUE}.")
        private List<Double> betas = List.of(0.9, 0.95);

        @Option(
                names = "--weight-decay", paramLabel = "X", defaultValue = "0.1",
                description = "Of AdamW; ${DEFAULT-VALUE}.")
        private double weightDecay;

        @Option(
                names = "--clip", paramLabel = "NORM", defaultValue = "1",
                description = "Scale larger gradients down to this norm, 0 for never; ${DEFAULT-VALUE}.")
        private double clip;

        @Option(
                names = "--held-out", paramLabel = "SHARE", defaultValue = "0.005",
                description = "Share of the rows to measure on and not to learn from, at least one; ${DEFAULT-VALUE}.")
        private double heldOut;

        @Option(
                names = "--evaluate-every", paramLabel = "N", defaultValue = "0",
                description = "Steps between measurements; 0, the default, for ten over the run.")
        private int evaluateEvery;

        int epochs() {
            return epochs;
        }

        int steps() {
            return steps;
        }

        int batchTokens() {
            return batchTokens;
        }

        int microBatchTokens() {
            return microBatchTokens;
        }

        boolean truncate() {
            return truncate;
        }

        ScheduleOptions schedule() {
            return new ScheduleOptions(schedule, learningRate, warmUp);
        }

        AdamWOptions optimizer() {
            if (betas.size() != 2) {
                throw new IllegalArgumentException("--betas must be two numbers, such as 0.9,0.95, got " + betas);
            }
            return AdamWOptions.defaults().betas(betas.get(0), betas.get(1)).weightDecay(weightDecay);
        }

        double clip() {
            return clip;
        }

        double heldOut() {
            return heldOut;
        }

        int evaluateEvery() {
            return evaluateEvery;
        }
    }
}
