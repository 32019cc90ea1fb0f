package dev.vesper.llm;

import dev.vesper.llm.engine.SamplerOptions;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * How to generate. Unchangeable: each setter gives changed options. A value out of range is refused when it is set, by an
 * {@link IllegalArgumentException} that names it.
 */
public final class GenerateOptions {
    private static final GenerateOptions DEFAULTS = new GenerateOptions();
    private int maxTokens = 512;
    private double temperature = 0.7;
    private int topK = 0;
    private double topP = 0.95;
    private double minP = 0;
    private double repetitionPenalty = 1;
    private int repetitionWindow = 64;
    private double presencePenalty = 0;
    private double frequencyPenalty = 0;
    private Map<Integer, Double> logitBias = Map.of();
    private List<String> stop = List.of();
    private boolean endTokens = true;
    private String model = "";
    private List<Weighted> adapters = List.of();
    private OptionalLong seed = OptionalLong.empty();

    private GenerateOptions() {}

    /** Up to 512 tokens, temperature 0.7, top-p 0.95. */
    public static GenerateOptions defaults() {
        return DEFAULTS;
    }

    private GenerateOptions copy() {
        GenerateOptions copy = new GenerateOptions();
        copy.maxTokens = maxTokens;
        copy.temperature = temperature;
        copy.topK = topK;
        copy.topP = topP;
        copy.minP = minP;
        copy.repetitionPenalty = repetitionPenalty;
        copy.repetitionWindow = repetitionWindow;
        copy.presencePenalty = presencePenalty;
        copy.frequencyPenalty = frequencyPenalty;
        copy.logitBias = logitBias;
        copy.stop = stop;
        copy.endTokens = endTokens;
        copy.model = model;
        copy.adapters = adapters;
        copy.seed = seed;
        return copy;
    }

    /** The part that the sampler needs; its constructor checks the ranges. */
    SamplerOptions sampling(long drawSeed) {
        return new SamplerOptions(
                temperature, topK, topP, minP, repetitionPenalty, repetitionWindow, presencePenalty, frequencyPenalty,
                logitBias, drawSeed);
    }

    private GenerateOptions checked() {
        if (maxTokens < 0) {
            throw new IllegalArgumentException("max tokens must be 0 or more, got " + maxTokens);
        }
        if (stop.stream().anyMatch(String::isEmpty)) {
            throw new IllegalArgumentException("a stop text must not be empty");
        }
        if (!model.isEmpty() && !adapters.isEmpty()) {
            throw new IllegalArgumentException(
                    "the model \"%s\" has its adapters by its name, and %d more were asked for: name either, not both"
                            .formatted(model, adapters.size()));
        }
        if (adapters.stream().map(Weighted::name).distinct().count() < adapters.size()) {
            throw new IllegalArgumentException("an adapter must not be asked for twice, got " + adapters);
        }
        sampling(0);
        return this;
    }

    /** Tokens to generate at most; the end of the context comes earlier if it must. */
    public int maxTokens() {
        return maxTokens;
    }

    /** These options with another {@link #maxTokens()}. */
    public GenerateOptions maxTokens(int value) {
        GenerateOptions copy = copy();
        copy.maxTokens = value;
        return copy.checked();
    }

    /** 0 always takes the most likely token; 1 draws by the model's own probabilities. */
    public double temperature() {
        return temperature;
    }

    /** These options with another {@link #temperature()}. */
    public GenerateOptions temperature(double value) {
        GenerateOptions copy = copy();
        copy.temperature = value;
        return copy.checked();
    }

    /** Draws from the k most likely tokens only; 0 for all. */
    public int topK() {
        return topK;
    }

    /** These options with another {@link #topK()}. */
    public GenerateOptions topK(int value) {
        GenerateOptions copy = copy();
        copy.topK = value;
        return copy.checked();
    }

    /** Draws from the most likely tokens that together reach this probability; 1 for all. */
    public double topP() {
        return topP;
    }

    /** These options with another {@link #topP()}. */
    public GenerateOptions topP(double value) {
        GenerateOptions copy = copy();
        copy.topP = value;
        return copy.checked();
    }

    /** Draws from tokens of at least this share of the most likely one's probability; 0 for all. */
    public double minP() {
        return minP;
    }

    /** These options with another {@link #minP()}. */
    public GenerateOptions minP(double value) {
        GenerateOptions copy = copy();
        copy.minP = value;
        return copy.checked();
    }

    /** Makes tokens less likely that occurred in the last {@link #repetitionWindow()} tokens, the prompt's too; 1 for none. */
    public double repetitionPenalty() {
        return repetitionPenalty;
    }

    /** These options with another {@link #repetitionPenalty()}. */
    public GenerateOptions repetitionPenalty(double value) {
        GenerateOptions copy = copy();
        copy.repetitionPenalty = value;
        return copy.checked();
    }

    /** How many of the last tokens the repetition penalty looks at. */
    public int repetitionWindow() {
        return repetitionWindow;
    }

    /** These options with another {@link #repetitionWindow()}. */
    public GenerateOptions repetitionWindow(int value) {
        GenerateOptions copy = copy();
        copy.repetitionWindow = value;
        return copy.checked();
    }

    /** Subtracted from the logits of tokens that were generated. */
    public double presencePenalty() {
        return presencePenalty;
    }

    /** These options with another {@link #presencePenalty()}. */
    public GenerateOptions presencePenalty(double value) {
        GenerateOptions copy = copy();
        copy.presencePenalty = value;
        return copy.checked();
    }

    /** Subtracted from the logits of tokens for each time they were generated. */
    public double frequencyPenalty() {
        return frequencyPenalty;
    }

    /** These options with another {@link #frequencyPenalty()}. */
    public GenerateOptions frequencyPenalty(double value) {
        GenerateOptions copy = copy();
        copy.frequencyPenalty = value;
        return copy.checked();
    }

    /** Added to the logits of these token ids. */
    public Map<Integer, Double> logitBias() {
        return logitBias;
    }

    /** These options with another {@link #logitBias()}. */
    public GenerateOptions logitBias(Map<Integer, Double> value) {
        GenerateOptions copy = copy();
        copy.logitBias = Map.copyOf(value);
        return copy.checked();
    }

    /** Texts that end the reply and are not part of it. */
    public List<String> stop() {
        return stop;
    }

    /** These options with another {@link #stop()}. */
    public GenerateOptions stop(List<String> value) {
        GenerateOptions copy = copy();
        copy.stop = List.copyOf(value);
        return copy.checked();
    }

    /** Whether the model may end the reply; if not, it goes on to the last token asked for. */
    public boolean endTokens() {
        return endTokens;
    }

    /** These options with another {@link #endTokens()}. */
    public GenerateOptions endTokens(boolean value) {
        GenerateOptions copy = copy();
        copy.endTokens = value;
        return copy.checked();
    }

    /** Which of the models served: an adapter's name, or empty for the base. */
    public String model() {
        return model;
    }

    /** These options with another {@link #model()}. */
    public GenerateOptions model(String value) {
        GenerateOptions copy = copy();
        copy.model = value;
        return copy.checked();
    }

    /** Adapters on the base, each with a weight; the order makes no difference. For {@link #model()} empty only. */
    public List<Weighted> adapters() {
        return adapters;
    }

    /** These options with other {@link #adapters()}. */
    public GenerateOptions adapters(List<Weighted> value) {
        GenerateOptions copy = copy();
        copy.adapters = List.copyOf(value);
        return copy.checked();
    }

    /** What draws begin with; empty takes one by chance. The same seed and prompt give the same text. */
    public OptionalLong seed() {
        return seed;
    }

    /** These options with another {@link #seed()}. */
    public GenerateOptions seed(long value) {
        GenerateOptions copy = copy();
        copy.seed = OptionalLong.of(value);
        return copy.checked();
    }
}
