package dev.vesper.cli;

import dev.vesper.train.Objective;
import dev.vesper.train.ScheduleOptions;
import dev.vesper.train.TrainOptions;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What is learnt from preferred and rejected answers, and how. */
final class PreferenceOptions {
    /** Of the rate for examples that are to be learnt as they are: preferences are all too quickly learnt too well. */
    private static final double RATE = 0.1;

    /** The options that belong to each objective. */
    private static final Map<Kind, List<String>> BELONGING = Map.of(
            Kind.SUPERVISED, List.of(),
            Kind.DPO, List.of("--beta"),
            Kind.ORPO, List.of("--lambda"),
            Kind.KTO, List.of("--beta", "--desirable-weight", "--undesirable-weight"));

    /** As it is spelled on the command line. */
    private enum Kind {
        SUPERVISED, DPO, ORPO, KTO
    }

    @Spec(Spec.Target.MIXEE)
    private CommandSpec mixee = CommandSpec.create();

    @Option(
            names = "--objective",
            paramLabel = "KIND",
            defaultValue = "supervised",
            description = {
                "supervised, the default, learns answers as they are; dpo and orpo learn from pairs of a chosen and a",
                "rejected answer, kto from answers with a label, true or false, or pairs. Without --learning-rate these",
                "three take a tenth of the rate below."
            })
    private Kind kind = Kind.SUPERVISED;

    @Option(
            names = "--beta",
            paramLabel = "X",
            defaultValue = "0.1",
            description = "Of dpo and kto: the larger, the closer to what the model was; ${DEFAULT-VALUE}.")
    private double beta;

    @Option(
            names = "--lambda",
            paramLabel = "X",
            defaultValue = "0.1",
            description = "Of orpo: what the odds ratio counts beside learning the chosen answer; ${DEFAULT-VALUE}.")
    private double lambda;

    @Option(
            names = "--desirable-weight",
            paramLabel = "X",
            defaultValue = "1",
            description = "Of kto: what answers found good count; ${DEFAULT-VALUE}.")
    private double desirable;

    @Option(
            names = "--undesirable-weight",
            paramLabel = "X",
            defaultValue = "1",
            description = "Of kto: what answers found bad count; ${DEFAULT-VALUE}.")
    private double undesirable;

    /**
     * These options with the objective that was asked for.
     *
     * @throws ParameterException if an option was given that belongs to another objective
     * @throws IllegalArgumentException if a value cannot be
     */
    TrainOptions applied(TrainOptions options) {
        CommandLine line = mixee.commandLine();
        for (List<String> names : BELONGING.values()) {
            for (String name : names) {
                if (given(line, name) && !BELONGING.getOrDefault(kind, List.of()).contains(name)) {
                    throw new ParameterException(
                            line, "%s: expected with %s, found --objective %s".formatted(name, owners(name), spelled(kind)));
                }
            }
        }
        TrainOptions applied = options.objective(objective());
        if (kind == Kind.SUPERVISED || given(line, "--learning-rate")) {
            return applied;
        }
        ScheduleOptions schedule = options.schedule();
        return applied.schedule(new ScheduleOptions(
                schedule.kind(), RATE * schedule.learningRate(), schedule.warmUp()));
    }

    private Objective objective() {
        return switch (kind) {
            case SUPERVISED -> new Objective.Supervised();
            case DPO -> new Objective.Dpo(beta);
            case ORPO -> new Objective.Orpo(lambda);
            case KTO -> new Objective.Kto(beta, desirable, undesirable);
        };
    }

    private static String owners(String name) {
        return BELONGING.keySet().stream()
                .filter(owner -> BELONGING.getOrDefault(owner, List.of()).contains(name))
                .sorted()
                .map(owner -> "--objective " + spelled(owner))
                .reduce((a, b) -> a + " or " + b)
                .orElseThrow();
    }

    private static String spelled(Kind kind) {
        return kind.name().toLowerCase(java.util.Locale.ROOT);
    }

    private static boolean given(CommandLine line, String option) {
        return line.getParseResult().hasMatchedOption(option);
    }
}
