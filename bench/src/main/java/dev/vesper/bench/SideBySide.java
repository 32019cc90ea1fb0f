package dev.vesper.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Runs another engine and Vesper in turn on the same file, and prints what each reached. */
@Command(
        name = "side-by-side",
        mixinStandardHelpOptions = true,
        description = {
            "Run Vesper and another engine in turn on the same model, and print tokens a second and their ratio, pair by pair.",
            "A template may name {model}, {threads}, {prompt} and {generate}."
        },
        footer = {
            "",
            "Examples:",
            "  java -cp bench/target/benchmarks.jar dev.vesper.bench.SideBySide --model m.gguf --threads 2 \\",
            "      --theirs \"llama-bench -m {model} -t {threads} -p {prompt} -n {generate} -d 0,{prompt} -r 1 -o json\"",
            "  java -cp bench/target/benchmarks.jar dev.vesper.bench.SideBySide --model m.gguf --threads 2 \\",
            "      --theirs \"engine {model} {prompt} {generate}\" --prefill-pattern \"prompt: ([0-9.]+)\" \\",
            "      --decode-pattern \"text: ([0-9.]+)\""
        })
public final class SideBySide implements Callable<Integer> {
    private static final String OURS =
            "./vesper bench --model {model} --threads {threads} --prompt-tokens {prompt} --generate-tokens {generate}"
                    + " --repeat 1 --json";

    @Option(names = "--model", required = true, paramLabel = "FILE", description = "The model, a GGUF file.")
    private Path model = Path.of("");

    @Option(names = "--threads", required = true, paramLabel = "T", description = "Threads for each engine.")
    private int threads;

    @Option(
            names = "--prompt", paramLabel = "N", defaultValue = "512",
            description = "Tokens to process at once; ${DEFAULT-VALUE}.")
    private int prompt;

    @Option(
            names = "--generate", paramLabel = "N", defaultValue = "128",
            description = "Tokens to generate; ${DEFAULT-VALUE}.")
    private int generate;

    @Option(names = "--pairs", paramLabel = "N", defaultValue = "5", description = "Runs of each; ${DEFAULT-VALUE}.")
    private int pairs;

    @Option(names = "--ours", paramLabel = "TEMPLATE", defaultValue = OURS, description = "Vesper's command.")
    private String ours = OURS;

    @Option(names = "--theirs", required = true, paramLabel = "TEMPLATE", description = "The other engine's command.")
    private String theirs = "";

    @Option(
            names = "--name", paramLabel = "NAME", defaultValue = "other",
            description = "What to call the other engine.")
    private String name = "";

    @Option(
            names = "--prefill-pattern",
            paramLabel = "REGEX",
            description = "Where its output is not llama-bench's JSON: an expression whose group is the prefill's tokens/s.")
    private @Nullable Pattern prefillPattern;

    @Option(names = "--decode-pattern", paramLabel = "REGEX", description = "The same for decoding.")
    private @Nullable Pattern decodePattern;

    @Option(
            names = "--timeout", paramLabel = "SECONDS", defaultValue = "3600",
            description = "How long a run may take; ${DEFAULT-VALUE}.")
    private long timeout;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    /** Runs with the options in {@code arguments}; {@code --help} lists them. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new SideBySide()).execute(arguments));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (pairs < 1) {
            throw new ParameterException(spec.commandLine(), "--pairs: expected 1 or more, found " + pairs);
        }
        RateParser parser = parser();
        List<String> first = command(ours);
        List<String> second = command(theirs);
        List<Comparison.Pair> results = new ArrayList<>();
        PrintWriter err = spec.commandLine().getErr();
        for (int pair = 1; pair <= pairs; pair++) {
            err.println("pair %d of %d".formatted(pair, pairs));
            err.flush();
            results.add(new Comparison.Pair(measure(first, new RateParser.Vesper()), measure(second, parser)));
        }
        PrintWriter out = spec.commandLine().getOut();
        out.println("`%s` and `%s` in turn:".formatted(String.join(" ", first), String.join(" ", second)));
        out.println();
        out.print(new Comparison("vesper", name, results).markdown());
        out.flush();
        return 0;
    }

    private RateParser parser() {
        if (prefillPattern == null && decodePattern == null) {
            return new RateParser.LlamaBench();
        }
        if (prefillPattern == null || decodePattern == null) {
            throw new ParameterException(spec.commandLine(), "--prefill-pattern and --decode-pattern go together");
        }
        for (Pattern pattern : List.of(prefillPattern, decodePattern)) {
            if (pattern.matcher("").groupCount() < 1) {
                throw new ParameterException(
                        spec.commandLine(), "expected an expression with a group for the number, found " + pattern);
            }
        }
        return new RateParser.Expressions(prefillPattern, decodePattern);
    }

    private List<String> command(String template) {
        try {
            return new CommandTemplate(template).fill(Map.of(
                    "model", model.toString(),
                    "threads", String.valueOf(threads),
                    "prompt", String.valueOf(prompt),
                    "generate", String.valueOf(generate)));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    private Rates measure(List<String> command, RateParser parser) throws IOException, InterruptedException {
        String output = CommandRun.output(command, timeout);
        try {
            return parser.parse(output);
        } catch (IllegalArgumentException e) {
            throw new IOException("%s: %s".formatted(String.join(" ", command), e.getMessage()), e);
        }
    }
}
