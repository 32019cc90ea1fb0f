package dev.vesper.cli;

import dev.vesper.train.Evening;
import dev.vesper.train.Evening.Setting;
import dev.vesper.train.Sweep;
import dev.vesper.train.TuneRequest;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Settings that a run chooses for itself by measuring: what fits into an evening, and the learning rate. */
final class ChoiceOptions {
    /** Options that take a choice from the evening. */
    private static final Map<Setting, List<String>> GIVEN = Map.of(
            Setting.MAX_SEQUENCE, List.of("--max-sequence"),
            Setting.RANK, List.of("--rank", "--full"),
            Setting.ALPHA, List.of("--alpha"),
            Setting.BATCH, List.of("--batch"),
            Setting.LENGTH, List.of("--epochs", "--steps"),
            Setting.EVALUATE_EVERY, List.of("--evaluate-every"),
            Setting.HELD_OUT, List.of("--held-out"),
            Setting.PATIENCE, List.of("--patience"));

    @Option(
            names = "--evening",
            paramLabel = "TIME",
            converter = Values.Time.class,
            description = "Choose rank, epochs, batch and length of rows so that the run ends in this time, such as 3h, 45m or"
                    + " 90s, and say why; options that are given stay as they are.")
    private Optional<Duration> evening = Optional.empty();

    @Option(
            names = "--sweep",
            description = "Try learning rates around the given one on a twentieth of the rows, and go on with the best.")
    private boolean sweep;

    /** The request with everything chosen that is to be chosen; says what and why. */
    TuneRequest choose(TuneRequest request, RunOptions run, PrintWriter to) {
        Optional<Evening> plan = evening.map(time -> new Evening(time, given(run)));
        TuneRequest chosen = request;
        if (request.resume() && Files.exists(request.out())) {
            chosen = sweep ? Sweep.resumed(chosen) : chosen;
            return plan.isPresent() ? plan.get().resumed(chosen) : chosen;
        }
        if (plan.isPresent()) {
            chosen = plan.get().shape(chosen);
        }
        if (sweep) {
            if (plan.isPresent()) {
                plan.get().requireTimeToSweep(chosen);
            }
            chosen = sweep(chosen, to);
        }
        if (plan.isPresent()) {
            chosen = plan.get().length(chosen);
        }
        chosen.conduct().choices().forEach(choice -> to.println("chosen: " + choice));
        to.flush();
        return chosen;
    }

    private static EnumSet<Setting> given(RunOptions run) {
        EnumSet<Setting> given = EnumSet.noneOf(Setting.class);
        GIVEN.forEach((setting, options) -> {
            if (options.stream().anyMatch(run::given)) {
                given.add(setting);
            }
        });
        return given;
    }

    private static TuneRequest sweep(TuneRequest request, PrintWriter to) {
        to.println("learning rate   held-out loss");
        Sweep result = Sweep.run(request, trial -> {
            to.println(String.format(Locale.ROOT, "%13.1e   %13.4f", trial.learningRate(), trial.loss()));
            to.flush();
        });
        to.println(String.format(
                Locale.ROOT, "%13s   %13.4f   (%d steps on %d rows each)", "start", result.start(), result.steps(),
                result.rows()));
        return result.choose(request);
    }
}
