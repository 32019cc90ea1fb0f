package dev.vesper.cli;

import dev.vesper.data.RowOptions;
import dev.vesper.train.AdamWOptions;
import dev.vesper.train.Conduct;
import dev.vesper.train.Schedule;
import dev.vesper.train.ScheduleOptions;
import dev.vesper.train.StepOptions;
import java.util.List;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** How a run learns, and how it is conducted: what fine-tuning and training from scratch have in common. */
final class RunOptions {
    private static final int MICRO_BATCH_TOKENS = 2048;

    /** How slowly AdamW forgets: gradients, and their squares. */
    private record Betas(double first, double second) {
        static final class Converter implements ITypeConverter<Betas> {
            @Override
            public Betas convert(String value) {
                String[] numbers = value.split(",", -1);
                try {
                    if (numbers.length == 2) {
                        return new Betas(Double.parseDouble(numbers[0]), Double.parseDouble(numbers[1]));
                    }
                } catch (NumberFormatException e) {
                    // said below, as for any other number of them
                }
                throw new TypeConversionException(
                        "expected two numbers, such as 0.9,0.999, found \"%s\"".formatted(value));
            }
        }
    }

    @Spec(Spec.Target.MIXEE)
    private CommandSpec mixee = CommandSpec.create();

    @Option(
            names = "--epochs", paramLabel = "E", defaultValue = "2",
            description = "Passes over the data; ${DEFAULT-VALUE}.")
    private int epochs;

    @Option(names = "--steps", paramLabel = "N", description = "Steps instead of epochs.")
    private int steps;

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

    @Option(
            names = "--betas", converter = Betas.Converter.class, paramLabel = "A,B", defaultValue = "0.9,0.999",
            description = "The two of AdamW; ${DEFAULT-VALUE}.")
    private Betas betas = new Betas(0.9, 0.999);

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
            names = "--patience",
            paramLabel = "N",
            defaultValue = "0",
            description = "End after N measurements without a lower held-out loss; 0, the default, for never.")
    private int patience;

    @Option(
            names = "--seed", paramLabel = "S", defaultValue = "1",
            description = "Same seed, same result; ${DEFAULT-VALUE}.")
    private long seed;

    @Option(
            names = "--threads", converter = Values.Threads.class, paramLabel = "T",
            description = "Threads to compute with; 0, the default, for all processors.")
    int threads;

    @Option(
            names = "--kernels", converter = Values.Kernels.class,
            paramLabel = "KIND",
            defaultValue = "auto",
            description = "auto, scalar, vector, x86 or x86-f32; auto takes the fastest that runs here.")
    String kernels = "auto";

    @Option(
            names = "--low-memory",
            description = "Compute blocks again in the backward pass instead of keeping them: the same result, in less memory"
                    + " and more time.")
    private boolean lowMemory;

    @Option(
            names = "--sample",
            paramLabel = "TEXT",
            description = "A question to answer at each measurement, can be given several times; by default the first two that"
                    + " are held out.")
    private List<String> samples = List.of();

    /** @param maxSequence the most tokens of a row */
    RowOptions rows(int maxSequence) {
        return new RowOptions(maxSequence, truncate, heldOut, skipBadRows);
    }

    /** @param batch rows in a step */
    StepOptions steps(int batch) {
        return new StepOptions(epochs, steps, batch, microBatchTokens, evaluateEvery, patience);
    }

    ScheduleOptions schedule(double learningRate) {
        return new ScheduleOptions(schedule, learningRate, warmUp);
    }

    /** @throws IllegalArgumentException if a value cannot be */
    AdamWOptions optimizer() {
        return AdamWOptions.defaults().betas(betas.first(), betas.second()).weightDecay(weightDecay);
    }

    double clip() {
        return clip;
    }

    long seed() {
        return seed;
    }

    int microBatchTokens() {
        return microBatchTokens;
    }

    Conduct conduct() {
        return Conduct.defaults().lowMemory(lowMemory).prompts(samples);
    }

    /** Whether the user has set the option, one of these or another of the command. */
    boolean given(String option) {
        return mixee.commandLine().getParseResult().hasMatchedOption(option);
    }
}
