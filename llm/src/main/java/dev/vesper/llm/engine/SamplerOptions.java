package dev.vesper.llm.engine;

import java.util.Map;

/**
 * How the next token is chosen. The order is: bias, penalties, temperature, top-k, top-p, min-p, then a draw.
 *
 * @param temperature 0 takes the most likely token
 * @param topK only the k most likely tokens; 0 for all
 * @param topP only the most likely tokens that together reach this probability (Holtzman et al. 2020); 1 for all
 * @param minP only tokens of at least this share of the most likely one's probability; 0 for all
 * @param repetitionPenalty divides positive and multiplies negative logits of tokens that occurred (Keskar et al. 2019);
 *     1 for none
 * @param repetitionWindow how many of the last tokens, the prompt's included, the repetition penalty looks at
 * @param presencePenalty subtracted once from tokens that were generated
 * @param frequencyPenalty subtracted from tokens for each time they were generated
 * @param logitBias added to the logits of these tokens; -Infinity forbids one
 * @param seed the same seed draws the same tokens
 */
public record SamplerOptions(
        double temperature,
        int topK,
        double topP,
        double minP,
        double repetitionPenalty,
        int repetitionWindow,
        double presencePenalty,
        double frequencyPenalty,
        Map<Integer, Double> logitBias,
        long seed) {

    public SamplerOptions {
        check(temperature >= 0 && temperature <= 100, "temperature", "0 to 100", temperature);
        check(topK >= 0, "top-k", "0 or more", topK);
        check(topP > 0 && topP <= 1, "top-p", "more than 0, up to 1", topP);
        check(minP >= 0 && minP <= 1, "min-p", "0 to 1", minP);
        check(repetitionPenalty > 0 && repetitionPenalty <= 100, "repetition penalty", "more than 0",
                repetitionPenalty);
        check(repetitionWindow >= 0, "repetition window", "0 or more", repetitionWindow);
        check(Math.abs(presencePenalty) <= 100, "presence penalty", "-100 to 100", presencePenalty);
        check(Math.abs(frequencyPenalty) <= 100, "frequency penalty", "-100 to 100", frequencyPenalty);
        logitBias = Map.copyOf(logitBias);
        logitBias.forEach((token, bias) -> check(
                bias.floatValue() < Float.POSITIVE_INFINITY, "logit bias of token " + token, "a number or -Infinity",
                bias));
    }

    /** Always the most likely token. */
    public static SamplerOptions greedy() {
        return new SamplerOptions(0, 0, 1, 0, 1, 64, 0, 0, Map.of(), 0);
    }

    private static void check(boolean holds, String name, String expected, Object got) {
        if (!holds) {
            throw new IllegalArgumentException("%s must be %s, got %s".formatted(name, expected, got));
        }
    }
}
