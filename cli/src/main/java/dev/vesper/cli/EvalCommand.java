package dev.vesper.cli;

import dev.vesper.data.Hashes;
import dev.vesper.train.PastRun;
import dev.vesper.train.eval.Bootstrap;
import dev.vesper.train.eval.EvalRequest;
import dev.vesper.train.eval.Evaluation;
import dev.vesper.train.eval.RunData;
import dev.vesper.train.eval.Sections;
import dev.vesper.train.eval.Subject;
import dev.vesper.train.eval.SubjectSpec;
import dev.vesper.train.eval.Subjects;
import dev.vesper.train.eval.judge.JudgeQuestion;
import dev.vesper.train.eval.judge.Judgment;
import dev.vesper.train.eval.judge.Judgments;
import dev.vesper.train.eval.report.JsonReport;
import dev.vesper.train.eval.report.Report;
import dev.vesper.train.eval.report.Section;
import dev.vesper.train.eval.task.AskOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures what a model achieves, alone or beside another. */
@Command(
        name = "eval",
        description = {
            "Measure a model, or compare it with another, and say how sure that is.",
            "",
            "With --adapter alone, the model with the adapter is compared with the model without it; --against-model and"
                    + " --against-adapter name another to compare with. Every number comes with an interval, and every"
                    + " difference with what it lets one say: better, worse, or no difference shown.",
            ""
        },
        footer = {
            "",
            "Examples:",
            "  vesper eval --model model.gguf --adapter my-adapter --data held-out.jsonl --general book.txt --out report",
            "  vesper eval --run my-adapter",
            "  vesper eval --model model.gguf --tasks arc.jsonl gsm8k.jsonl",
            "  vesper eval --model model.gguf --adapter my-adapter --data held-out.jsonl --training chats.jsonl",
            "  vesper eval --model model.gguf --adapter my-adapter --judge questions.txt --out judged"
        })
final class EvalCommand implements Callable<Integer> {
    @Option(
            names = "--model", paramLabel = "FILE",
            description = "The model, a GGUF file; with --run by default the one that the run began with.")
    private @Nullable Path model;

    @Mixin
    private LoadingOptions loading = new LoadingOptions();

    @Option(
            names = "--run", paramLabel = "DIR",
            description = "A run of vesper tune or train: the loss on exactly the rows that it held out, by default of its"
                    + " result beside what it began with.")
    private @Nullable Path run;

    @Option(names = "--against-model", paramLabel = "FILE", description = "A model to compare with.")
    private @Nullable Path againstModel;

    @Option(
            names = "--against-adapter", converter = AdapterArgument.Converter.class, paramLabel = "PATH[=WEIGHT]",
            description = "An adapter of the model to compare with.")
    private List<AdapterArgument> againstAdapters = List.of();

    @Option(
            names = "--data", arity = "1..*", paramLabel = "FILE",
            description = "Held-out rows, conversations (.jsonl) or text (.txt, .md): the loss on them.")
    private List<Path> data = List.of();

    @Option(
            names = "--general", arity = "1..*", paramLabel = "FILE",
            description = "What else it should still know, rows or questions: what was forgotten.")
    private List<Path> general = List.of();

    @Option(
            names = "--tasks", arity = "1..*", paramLabel = "FILE",
            description = "Questions with known answers, a JSON object in each line, in the formats of MMLU, ARC, HellaSwag"
                    + " and GSM8K or with prompt and answer.")
    private List<Path> tasks = List.of();

    @Option(
            names = "--training", arity = "1..*", paramLabel = "FILE",
            description = "Rows that it learnt from: whether it recites them, beside those of --data as a control.")
    private List<Path> training = List.of();

    @Option(
            names = "--judge", paramLabel = "FILE",
            description = "Questions, one in each line (.txt) or JSON (.jsonl), whose replies of both models you judge without"
                    + " knowing whose they are; with the same --out it goes on where you stopped.")
    private @Nullable Path judge;

    @Option(
            names = "--out", paramLabel = "DIR",
            description = "A new or empty folder for report.html, report.md and report.json.")
    private @Nullable Path out;

    @Option(
            names = "--ask", paramLabel = "HOW", defaultValue = "auto",
            description = "How tasks are put: chat, plain, or auto, which takes chat if the model has a template.")
    private AskOptions.Style ask = AskOptions.Style.AUTO;

    @Option(
            names = "--max-tokens", paramLabel = "N", defaultValue = "256",
            description = "Tokens of a reply at most; ${DEFAULT-VALUE}.")
    private int maxTokens;

    @Option(
            names = "--confidence", paramLabel = "SHARE", defaultValue = "0.95",
            description = "Of the intervals; ${DEFAULT-VALUE}.")
    private double confidence;

    @Option(
            names = "--resamples", paramLabel = "N", defaultValue = "10000",
            description = "Of the bootstrap; ${DEFAULT-VALUE}.")
    private int resamples;

    @Option(
            names = "--seed", paramLabel = "S", defaultValue = "1",
            description = "Of the bootstrap, and of which reply comes first; ${DEFAULT-VALUE}.")
    private long seed;

    @Option(names = "--json", description = "Print the report as one JSON object.")
    private boolean json;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException {
        requireUsable();
        Optional<RunData> past = run == null ? Optional.empty() : Optional.of(RunData.of(PastRun.read(run)));
        EvalRequest request = request(past.stream().toList());
        List<SubjectSpec> specs = specs(past);
        try (Subjects subjects = Subjects.open(specs, loading.loadOptions())) {
            EvalFolder folder = EvalFolder.prepare(out, judge != null);
            Evaluation evaluation = Evaluation.prepare(subjects, request);
            List<Section> sections = new ArrayList<>();
            if (judge != null) {
                sections.add(judged(specs, subjects, request, judge, folder));
            }
            sections.addAll(evaluation.run(new EvalProgress(spec.commandLine().getErr())));
            Report report = report(specs, subjects, sections);
            folder.write(report);
            print(report);
        }
        return Vesper.DONE;
    }

    private void requireUsable() {
        // an option that takes several files takes an unknown option for one of them
        Stream.of(data, general, tasks, training).flatMap(List::stream).map(Path::toString).forEach(file -> {
            if (file.startsWith("-")) {
                throw usage("expected a file, found the unknown option " + file);
            }
        });
        if (model == null && run == null) {
            throw usage("expected --model, or --run");
        }
        boolean heldOut = !data.isEmpty() || run != null;
        if (judge == null && !heldOut && general.isEmpty() && tasks.isEmpty()) {
            throw usage(training.isEmpty()
                    ? "nothing to measure: expected --run, --data, --general, --tasks or --judge"
                    : "--training needs --data or --run: the same is asked of rows that were not learnt from");
        }
        if (!training.isEmpty() && !heldOut) {
            throw usage("--training needs --data or --run: the same is asked of rows that were not learnt from");
        }
        if (judge != null && out == null) {
            throw usage("--judge needs --out: judgments are kept there as they are made");
        }
        boolean two =
                !loading.adapters.isEmpty() || againstModel != null || !againstAdapters.isEmpty() || model == null;
        if (judge != null && !two) {
            throw usage("--judge needs two models: expected --adapter, --against-model or --against-adapter");
        }
    }

    private EvalRequest request(List<RunData> runs) {
        try {
            return new EvalRequest(
                    runs, data, general, tasks, training, new AskOptions(ask, maxTokens),
                    new Bootstrap(resamples, confidence, seed));
        } catch (IllegalArgumentException e) {
            throw usage(String.valueOf(e.getMessage()));
        }
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    /** The model, and what it is compared with: if nothing else is named, itself without the adapter. */
    private List<SubjectSpec> specs(Optional<RunData> past) {
        Path base = model == null ? past.orElseThrow().base() : model;
        SubjectSpec evaluated = model == null && loading.adapters.isEmpty()
                ? past.orElseThrow().result(base)
                : new SubjectSpec(base, parts(loading.adapters));
        SubjectSpec other = new SubjectSpec(againstModel == null ? base : againstModel, parts(againstAdapters));
        boolean named = againstModel != null || !againstAdapters.isEmpty();
        return named || !evaluated.equals(other) ? List.of(evaluated, other) : List.of(evaluated);
    }

    private static List<SubjectSpec.Part> parts(List<AdapterArgument> arguments) {
        return arguments.stream()
                .map(argument -> new SubjectSpec.Part(argument.path(), argument.weight()))
                .toList();
    }

    private Section judged(
            List<SubjectSpec> specs, Subjects subjects, EvalRequest request, Path file, EvalFolder folder)
            throws IOException {
        List<JudgeQuestion> questions = JudgeQuestion.read(file);
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("candidate", specs.get(0).identity());
        settings.put("against", specs.get(1).identity());
        settings.put("questions", file.getFileName() + " " + Hashes.sha256(file));
        settings.put("max_tokens", Integer.toString(maxTokens));
        Judgments judgments = Judgments.open(folder.judgments(), settings, seed);
        List<Subject> pair = subjects.all();
        new JudgeSession(pair.get(0), pair.get(1), questions, judgments, maxTokens).runAtTerminal();
        return new Sections(pair.stream().map(Subject::name).toList(), request.bootstrap())
                .judged(String.valueOf(file.getFileName()), Judgment.Tally.of(judgments.all()), questions.size());
    }

    private Report report(List<SubjectSpec> specs, Subjects subjects, List<Section> sections) {
        List<Report.Party> parties = new ArrayList<>();
        for (SubjectSpec one : specs) {
            parties.add(new Report.Party(
                    parties.isEmpty() ? "evaluated" : "compared with", one.name(), one.model().toString(),
                    one.adapters().stream().map(SubjectSpec.Part::toString).toList()));
        }
        String title = specs.size() == 1
                ? "Evaluation of " + specs.getFirst().name()
                : "%s against %s".formatted(specs.get(0).name(), specs.get(1).name());
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("confidence", Double.toString(confidence));
        settings.put("bootstrap", "percentile, widened for few rows, %d resamples over rows".formatted(resamples));
        settings.put("seed", Long.toString(seed));
        settings.put("asked", ask.name().toLowerCase(Locale.ROOT) + ", at most " + maxTokens + " tokens, greedy");
        settings.put("kernels", subjects.describeBackend());
        return new Report(
                title, Instant.now().truncatedTo(ChronoUnit.SECONDS), command(), parties, settings, sections);
    }

    /** What was typed, so that a shell takes it again. */
    private String command() {
        StringBuilder command = new StringBuilder("vesper");
        for (String word : spec.root().commandLine().getParseResult().originalArgs()) {
            boolean plain = word.matches("[\\w@%+=:,./-]+");
            command.append(' ').append(plain ? word : "'" + word.replace("'", "'\\''") + "'");
        }
        return command.toString();
    }

    private void print(Report report) {
        PrintWriter to = spec.commandLine().getOut();
        if (json) {
            to.println(Json.of(JsonReport.map(report)));
        } else {
            EvalText.print(report, to);
            if (out != null) {
                to.println();
                to.println(out.resolve(EvalFolder.PAGE));
            }
        }
        to.flush();
    }
}
