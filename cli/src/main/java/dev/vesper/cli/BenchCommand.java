package dev.vesper.cli;

import dev.vesper.llm.Backend;
import dev.vesper.llm.ModelFile;
import dev.vesper.llm.arch.ModelShape;
import dev.vesper.llm.arch.SyntheticModel;
import dev.vesper.tensor.Format;
import dev.vesper.tensor.kernel.MachineLimits;
import dev.vesper.tensor.kernel.MachineProbe;
import dev.vesper.tensor.quant.Codebooks;
import dev.vesper.tensor.quant.Codecs;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures a model's speed beside the machine's limits, or writes a synthetic model to measure. */
@Command(
        name = "bench",
        description = {
            "Measure how fast a model runs beside the limits of the machine, measured in the same run,",
            "or write a model of random weights in the shape of a well-known one."
        },
        footer = {
            "",
            "Examples:",
            "  vesper bench --synthetic llama-1b --format Q8_0 --out llama-1b.gguf",
            "  vesper bench --model llama-1b.gguf --prompt-tokens 512 --generate-tokens 128 --train-tokens 512"
        })
final class BenchCommand implements Callable<Integer> {
    private static final List<String> WRITING = List.of("--format", "--out");
    private static final List<String> MEASURING = List.of(
            "--prompt-tokens", "--generate-tokens", "--train-tokens", "--threads", "--kernels", "--repeat",
            "--cache-type", "--json");

    @ArgGroup(multiplicity = "1")
    private Source source = new Source();

    private static final class Source {
        @Option(
                names = "--model", required = true, paramLabel = "FILE",
                description = "The model to measure, a GGUF file.")
        private @Nullable Path model;

        @Option(
                names = "--synthetic",
                required = true,
                paramLabel = "SHAPE",
                description = "Write a model of random weights: llama-tiny, llama-1b or llama-8b.")
        private @Nullable String synthetic;
    }

    @Option(names = "--format", paramLabel = "F", description = "With --synthetic: the format of its matrices.")
    private @Nullable String format;

    @Option(names = "--out", paramLabel = "FILE", description = "With --synthetic: where to write it.")
    private @Nullable Path out;

    @Option(
            names = "--prompt-tokens", paramLabel = "N", defaultValue = "512",
            description = "Tokens to process at once (default: ${DEFAULT-VALUE}).")
    private int promptTokens;

    @Option(
            names = "--generate-tokens", paramLabel = "N", defaultValue = "128",
            description = "Tokens to process one by one (default: ${DEFAULT-VALUE}).")
    private int generateTokens;

    @Option(
            names = "--train-tokens", paramLabel = "N", defaultValue = "0",
            description = "Tokens of a sequence to train an adapter on; 0, the default, for none.")
    private int trainTokens;

    @Option(
            names = "--threads", converter = Values.Threads.class, paramLabel = "T",
            description = "Threads to compute with; 0, the default, for all processors.")
    private int threads;

    @Option(
            names = "--kernels", converter = Values.Kernels.class, paramLabel = "KIND", defaultValue = "auto",
            description = "auto, scalar, vector, x86 or x86-f32 (default: ${DEFAULT-VALUE}).")
    private String kernels = "auto";

    @Option(
            names = "--cache-type", converter = Values.CacheType.class,
            paramLabel = "F",
            description = "What keys and values are kept in: f32, the default, f16 (half) or q8_0 (about a quarter of it).")
    private Format cacheType = Format.F32;

    @Option(
            names = "--repeat", paramLabel = "R", defaultValue = "3",
            description = "Counted runs of each, after one that is not (default: ${DEFAULT-VALUE}).")
    private int repeat;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    private static final long WARM_NANOS = 500_000_000L;
    private static final long PROBE_NANOS = 250_000_000L;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        return source.synthetic != null ? write(source.synthetic) : measure();
    }

    private int write(String name) {
        if (format == null || out == null) {
            throw new ParameterException(spec.commandLine(), "--synthetic needs --format and --out");
        }
        refuse("--synthetic", MEASURING);
        SyntheticModel shape = Values.set(
                spec.commandLine(), "--synthetic", SyntheticModel.LLAMA_TINY, any -> SyntheticModel.of(name));
        shape.write(out, writable(format));
        say("wrote " + out);
        return Vesper.DONE;
    }

    private Format writable(String name) {
        return Codecs.supported().stream()
                .filter(format -> format.name().equalsIgnoreCase(name))
                .findFirst()
                .orElseThrow(
                        () -> new ParameterException(spec.commandLine(), "--format: expected one of %s, found \"%s\"%s"
                                .formatted(Codecs.supported(), name, missing(name))));
    }

    /** What a format would need that refers to a codebook. */
    private static String missing(String name) {
        return Arrays.stream(Format.values())
                .filter(format -> format.name().equalsIgnoreCase(name) && Codebooks.tableOf(format).isPresent())
                .map(format -> "; " + Codecs.reason(format))
                .collect(Collectors.joining());
    }

    /** An option that would do nothing is a misunderstanding, and better said than passed over. */
    private void refuse(String source, List<String> options) {
        for (String option : options) {
            if (spec.commandLine().getParseResult().hasMatchedOption(option)) {
                throw new ParameterException(spec.commandLine(), option + " does nothing with " + source);
            }
        }
    }

    private int measure() {
        refuse("--model", WRITING);
        require(promptTokens >= 1, "--prompt-tokens", "1 or more", promptTokens);
        require(generateTokens >= 0, "--generate-tokens", "0 or more", generateTokens);
        require(trainTokens >= 0, "--train-tokens", "0 or more", trainTokens);
        require(repeat >= 1, "--repeat", "1 or more", repeat);
        try (ModelFile file = ModelFile.open(java.util.Objects.requireNonNull(source.model));
                Backend backend = Backend.of(kernels, threads)) {
            int positions = Math.max(promptTokens + generateTokens, trainTokens);
            ModelShape shape = file.model().shape();
            require(
                    positions <= shape.contextLength(),
                    positions == trainTokens ? "--train-tokens" : "--prompt-tokens and --generate-tokens together",
                    "at most the context of " + shape.contextLength(),
                    positions);
            say(backend.describe());
            BenchResult result = run(file, backend, new ModelBench(file, backend, positions, cacheType));
            PrintWriter target = spec.commandLine().getOut();
            target.println(json ? Json.of(result) : result.text());
            target.flush();
        }
        return Vesper.DONE;
    }

    private BenchResult run(ModelFile file, Backend backend, ModelBench bench) {
        var prefill = new BenchResult.Runs();
        var decode = new BenchResult.Runs();
        var train = new BenchResult.Runs();
        try (MachineProbe probe = new MachineProbe(backend.workers().threads())) {
            say("warming up");
            probe.measure(WARM_NANOS);
            bench.prefill(promptTokens);
            if (generateTokens > 0) {
                bench.decode(promptTokens, generateTokens);
            }
            MachineLimits before = probe.measure(PROBE_NANOS);
            for (int run = 1; run <= repeat; run++) {
                say("run " + run + " of " + repeat);
                double prompt = bench.prefill(promptTokens);
                MachineLimits between = probe.measure(PROBE_NANOS);
                prefill.add(promptTokens / prompt, before.mean(between));
                before = between;
                if (generateTokens > 0) {
                    double generate = bench.decode(promptTokens, generateTokens);
                    MachineLimits after = probe.measure(PROBE_NANOS);
                    decode.add(generateTokens / generate, between.mean(after));
                    before = after;
                }
            }
            if (trainTokens > 0) {
                say("training");
                for (double seconds : bench.train(trainTokens, repeat)) {
                    MachineLimits after = probe.measure(PROBE_NANOS);
                    train.add(trainTokens / seconds, before.mean(after));
                    before = after;
                }
            }
        }
        return BenchResult.of(String.valueOf(file.path().getFileName()), backend, bench, new BenchResult.Tokens(
                promptTokens, generateTokens, trainTokens), prefill, decode, train);
    }

    private void say(String line) {
        spec.commandLine().getErr().println("vesper: " + line);
        spec.commandLine().getErr().flush();
    }

    private void require(boolean holds, String name, String expected, int got) {
        if (!holds) {
            throw new ParameterException(
                    spec.commandLine(), String.format(Locale.ROOT, "%s must be %s, got %d", name, expected, got));
        }
    }
}
