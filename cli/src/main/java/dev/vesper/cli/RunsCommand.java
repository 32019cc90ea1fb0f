package dev.vesper.cli;

import dev.vesper.train.LossCurve;
import dev.vesper.train.PastRun;
import dev.vesper.train.RunReport;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Lists, shows and compares what was trained. */
@Command(
        name = "runs",
        description = {
            "List runs of tune: each FOLDER is one, or holds some. Without FOLDER, those in the current one.",
            ""
        },
        subcommands = {RunsCommand.Show.class, RunsCommand.Compare.class},
        footer = {
            "",
            "Examples:",
            "  vesper runs adapters",
            "  vesper runs show adapters/first",
            "  vesper runs compare adapters/first adapters/second"
        })
final class RunsCommand implements Callable<Integer> {
    @Parameters(paramLabel = "FOLDER", arity = "0..*", description = "Runs, or folders with runs in them.")
    private List<Path> folders = List.of();

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    /** A line of the list. */
    private record Line(
            String name,
            String base,
            String data,
            int rows,
            long steps,
            long totalSteps,
            double heldOutLossAtStart,
            double heldOutLossBest,
            double seconds,
            String status,
            String advice,
            String folder) {
        static Line of(PastRun run) {
            return new Line(
                    run.name(),
                    file(run.record().path("model").asString("")),
                    file(run.record().path("data").path("file").asString("")),
                    run.record().path("data").path("rows").asInt(0),
                    (long) run.figure("steps").orElse(0),
                    (long) run.figure("total_steps").orElse(0),
                    run.figure("held_out_loss_at_start").orElse(Double.NaN),
                    run.figure("held_out_loss_best").orElse(Double.NaN),
                    run.figure("seconds").orElse(0),
                    run.status(),
                    run.advice(),
                    run.directory().folder().toString());
        }

        private static String file(String path) {
            return path.isEmpty() ? "" : String.valueOf(Path.of(path).getFileName());
        }
    }

    private record Lines(List<Line> runs) {}

    @Override
    public Integer call() throws NoSuchFileException {
        List<Path> places = folders.isEmpty() ? List.of(Path.of(".")) : folders;
        for (Path place : places) {
            requireThere(place);
        }
        List<Line> lines = PastRun.list(places).stream().map(Line::of).toList();
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(Json.of(new Lines(lines)));
        } else if (lines.isEmpty()) {
            out.println("no runs in " + String.join(", ", places.stream().map(Path::toString).toList()));
        } else {
            Table table = new Table("name", "base", "data", "rows", "steps", "held-out loss", "time", "status");
            for (Line line : lines) {
                table.row(
                        line.name(), line.base(), line.data(), "%d".formatted(line.rows()),
                        line.totalSteps() == 0 ? "-" : "%d of %d".formatted(line.steps(), line.totalSteps()),
                        "%s -> %s".formatted(loss(line.heldOutLossAtStart()), loss(line.heldOutLossBest())),
                        TuneProgress.time(Duration.ofMillis((long) (1000 * line.seconds()))), line.advice());
            }
            out.print(table);
        }
        out.flush();
        return Vesper.DONE;
    }

    private static String loss(double loss) {
        return Double.isNaN(loss) ? "-" : String.format(Locale.ROOT, "%.4f", loss);
    }

    private static void requireThere(Path place) throws NoSuchFileException {
        if (!Files.exists(place)) {
            throw new NoSuchFileException(place + ": expected a run or a folder with runs, found no such file");
        }
    }

    /** Everything about one run. */
    @Command(
            name = "show",
            description = {"Show a run: what it was made from, how it went, what it answered.", ""},
            footer = {"", "Example:", "  vesper runs show adapters/first"})
    static final class Show implements Callable<Integer> {
        @Parameters(paramLabel = "RUN", description = "The folder of a run.")
        private Path folder = Path.of("");

        @Option(names = "--json", description = "Print the record as one JSON object.")
        private boolean json;

        @Spec
        private CommandSpec spec = CommandSpec.create();

        @Override
        public Integer call() throws NoSuchFileException {
            requireThere(folder);
            PastRun run = PastRun.read(folder);
            PrintWriter out = spec.commandLine().getOut();
            out.print(json ? Json.of(record(run)) + System.lineSeparator() : RunReport.text(run));
            out.flush();
            return Vesper.DONE;
        }
    }

    /** As it was written, but for the status: a run that was killed could not write it. */
    private static JsonNode record(PastRun run) {
        return ((ObjectNode) run.record().deepCopy()).put("status", run.status());
    }

    /** Two runs side by side. */
    @Command(
            name = "compare",
            description = {"Compare two runs: the settings that differ, and the held-out losses side by side.", ""},
            footer = {"", "Example:", "  vesper runs compare adapters/first adapters/second"})
    static final class Compare implements Callable<Integer> {
        @Parameters(index = "0", paramLabel = "A", description = "The folder of a run.")
        private Path first = Path.of("");

        @Parameters(index = "1", paramLabel = "B", description = "The folder of another.")
        private Path second = Path.of("");

        @Option(names = "--json", description = "Print one JSON object.")
        private boolean json;

        @Spec
        private CommandSpec spec = CommandSpec.create();

        private record Difference(String setting, @Nullable String a, @Nullable String b) {}

        private record Measurement(int step, @Nullable Double a, @Nullable Double b) {}

        private record Comparison(String a, String b, List<Difference> settings, List<Measurement> heldOut) {}

        @Override
        public Integer call() throws NoSuchFileException {
            requireThere(first);
            requireThere(second);
            PastRun a = PastRun.read(first);
            PastRun b = PastRun.read(second);
            Comparison comparison =
                    new Comparison(first.toString(), second.toString(), differences(a, b), losses(a, b));
            PrintWriter out = spec.commandLine().getOut();
            out.print(json ? Json.of(comparison) + System.lineSeparator() : text(comparison, a, b));
            out.flush();
            return Vesper.DONE;
        }

        private static List<Difference> differences(PastRun a, PastRun b) {
            Map<String, String> of = new LinkedHashMap<>(a.settings());
            Map<String, String> other = b.settings();
            TreeSet<String> names = new TreeSet<>(of.keySet());
            names.addAll(other.keySet());
            List<Difference> differences = new ArrayList<>();
            for (String name : names) {
                if (!Objects.equals(of.get(name), other.get(name))) {
                    differences.add(new Difference(name, of.get(name), other.get(name)));
                }
            }
            return differences;
        }

        private static List<Measurement> losses(PastRun a, PastRun b) {
            Map<Integer, Double> of = heldOut(a);
            Map<Integer, Double> other = heldOut(b);
            TreeSet<Integer> steps = new TreeSet<>(of.keySet());
            steps.addAll(other.keySet());
            return steps.stream()
                    .map(step -> new Measurement(step, of.get(step), other.get(step)))
                    .toList();
        }

        private static Map<Integer, Double> heldOut(PastRun run) {
            Map<Integer, Double> losses = new TreeMap<>();
            run.curve().map(LossCurve::heldOut).orElse(List.of()).forEach(one -> losses.put(one.step(), one.loss()));
            return losses;
        }

        private static String text(Comparison comparison, PastRun a, PastRun b) {
            Table settings = new Table("setting", a.name(), b.name());
            comparison.settings().forEach(one -> settings.row(
                    one.setting(), Objects.requireNonNullElse(one.a(), "-"), Objects.requireNonNullElse(one.b(), "-")));
            Table losses = new Table("step", a.name(), b.name());
            comparison.heldOut().forEach(one -> losses.row(
                    "%d".formatted(one.step()), loss(Objects.requireNonNullElse(one.a(), Double.NaN)),
                    loss(Objects.requireNonNullElse(one.b(), Double.NaN))));
            losses.row("best", best(a), best(b));
            String same = comparison.settings().isEmpty() ? "all settings are the same\n" : settings.toString();
            return same + "\nheld-out loss\n" + losses;
        }

        private static String best(PastRun run) {
            OptionalDouble best = run.figure("held_out_loss_best");
            return loss(best.orElse(Double.NaN));
        }
    }
}
