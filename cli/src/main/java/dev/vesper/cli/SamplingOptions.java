package dev.vesper.cli;

import dev.vesper.llm.GenerateOptions;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** How to draw tokens: shared by the commands that generate. */
final class SamplingOptions {
    @Option(
            names = "--max-tokens", paramLabel = "N", defaultValue = "512",
            description = "Tokens to generate at most (default: ${DEFAULT-VALUE}).")
    int maxTokens;

    @Option(
            names = "--temperature", paramLabel = "T", defaultValue = "0.7",
            description = "0 always takes the most likely token (default: ${DEFAULT-VALUE}).")
    double temperature;

    @Option(
            names = "--top-k", paramLabel = "K", defaultValue = "0",
            description = "Draw from the K most likely tokens only; 0 for all (default: ${DEFAULT-VALUE}).")
    int topK;

    @Option(
            names = "--top-p", paramLabel = "P", defaultValue = "0.95",
            description = "Draw from the most likely tokens that together reach P (default: ${DEFAULT-VALUE}).")
    double topP;

    @Option(
            names = "--min-p", paramLabel = "P", defaultValue = "0",
            description = "Draw from tokens at least P times as likely as the likeliest (default: ${DEFAULT-VALUE}).")
    double minP;

    @Option(
            names = "--repetition-penalty", paramLabel = "X", defaultValue = "1",
            description = "Make tokens less likely that occurred lately; 1 for none (default: ${DEFAULT-VALUE}).")
    double repetitionPenalty;

    @Option(
            names = "--repetition-window", paramLabel = "N", defaultValue = "64",
            description = "How many of the last tokens that looks at (default: ${DEFAULT-VALUE}).")
    int repetitionWindow;

    @Option(
            names = "--presence-penalty", paramLabel = "X", defaultValue = "0",
            description = "Subtracted from the logits of generated tokens (default: ${DEFAULT-VALUE}).")
    double presencePenalty;

    @Option(
            names = "--frequency-penalty", paramLabel = "X", defaultValue = "0",
            description = "Subtracted from the logits of generated tokens, each time (default: ${DEFAULT-VALUE}).")
    double frequencyPenalty;

    @Option(
            names = "--logit-bias", paramLabel = "ID=X",
            description = "Added to the logit of a token id; may be repeated.")
    Map<Integer, Double> logitBias = Map.of();

    @Option(
            names = "--stop", paramLabel = "TEXT",
            description = "A text that ends the reply and is not printed; may be repeated.")
    List<String> stop = List.of();

    @Option(
            names = "--seed", paramLabel = "S",
            description = "The same seed gives the same text; by chance if not given.")
    @Nullable
    Long seed;

    @Option(names = "--ignore-end", description = "Go on to --max-tokens even where the model would end.")
    boolean ignoreEnd;

    /** These options for a model or adapter of this name; a value out of range is wrong usage of {@code command}. */
    GenerateOptions toOptions(CommandLine command, String model) {
        GenerateOptions options =
                GenerateOptions.defaults().endTokens(!ignoreEnd).model(model);
        options = Values.set(command, "--max-tokens", options, set -> set.maxTokens(maxTokens));
        options = Values.set(command, "--temperature", options, set -> set.temperature(temperature));
        options = Values.set(command, "--top-k", options, set -> set.topK(topK));
        options = Values.set(command, "--top-p", options, set -> set.topP(topP));
        options = Values.set(command, "--min-p", options, set -> set.minP(minP));
        options = Values.set(
                command, "--repetition-penalty", options, set -> set.repetitionPenalty(repetitionPenalty));
        options = Values.set(command, "--repetition-window", options, set -> set.repetitionWindow(repetitionWindow));
        options = Values.set(command, "--presence-penalty", options, set -> set.presencePenalty(presencePenalty));
        options = Values.set(command, "--frequency-penalty", options, set -> set.frequencyPenalty(frequencyPenalty));
        options = Values.set(command, "--logit-bias", options, set -> set.logitBias(logitBias));
        options = Values.set(command, "--stop", options, set -> set.stop(stop));
        return seed == null ? options : options.seed(seed);
    }
}
