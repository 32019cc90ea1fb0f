package dev.vesper.server.wire;

import dev.vesper.llm.GenerateOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The parameters that both kinds of completion have: how to draw tokens, and where to stop. */
final class Sampling {
    private static final int MAXIMUM_STOPS = 64;

    /** A token is always left of a set that reaches no probability at all: the most likely one. */
    private static final double SMALLEST_TOP_P = Double.MIN_VALUE;

    private Sampling() {}

    /**
     * Reads them all, with OpenAI's defaults: the model's own probabilities.
     *
     * @param vocabulary number of tokens that the model knows
     */
    static GenerateOptions read(Fields fields, int vocabulary) {
        GenerateOptions options = GenerateOptions.defaults()
                .temperature(fields.number("temperature", 0, 2).orElse(1))
                .topP(Math.max(SMALLEST_TOP_P, fields.number("top_p", 0, 1).orElse(1)))
                .topK(fields.integer("top_k", 0, Integer.MAX_VALUE).orElse(0))
                .minP(fields.number("min_p", 0, 1).orElse(0))
                .repetitionPenalty(fields.number("repetition_penalty", 0.01, 100).orElse(1))
                .presencePenalty(fields.number("presence_penalty", -2, 2).orElse(0))
                .frequencyPenalty(fields.number("frequency_penalty", -2, 2).orElse(0))
                .logitBias(bias(fields, vocabulary))
                .stop(stop(fields));
        OptionalLong seed = fields.longInteger("seed", Long.MIN_VALUE, Long.MAX_VALUE);
        return seed.isPresent() ? options.seed(seed.getAsLong()) : options;
    }

    private static Map<Integer, Double> bias(Fields fields, int vocabulary) {
        Optional<JsonNode> value = fields.value("logit_bias");
        if (value.isEmpty()) {
            return Map.of();
        }
        ObjectNode object = Fields.object(value.get(), fields.param("logit_bias"));
        Map<Integer, Double> bias = new TreeMap<>();
        for (Map.Entry<String, JsonNode> entry : object.properties()) {
            String param = fields.param("logit_bias") + "." + entry.getKey();
            int token = token(entry.getKey(), param, vocabulary);
            bias.put(token, Fields.number(entry.getValue(), param, -100, 100));
        }
        return bias;
    }

    private static int token(String name, String param, int vocabulary) {
        // nine digits at most: a longer number is in no vocabulary, and need not be parsed
        if (!name.matches("[0-9]{1,9}") || Integer.parseInt(name) >= vocabulary) {
            throw ApiException.invalid(param, "invalid_value",
                    "Invalid name in 'logit_bias': expected a token id from 0 to %d, found \"%s\"."
                            .formatted(vocabulary - 1, name.length() > 40 ? name.substring(0, 40) + "…" : name));
        }
        return Integer.parseInt(name);
    }

    private static List<String> stop(Fields fields) {
        Optional<JsonNode> value = fields.value("stop");
        if (value.isEmpty()) {
            return List.of();
        }
        String param = fields.param("stop");
        List<String> stop = new ArrayList<>();
        if (value.get().isString()) {
            stop.add(Fields.text(value.get(), param));
        } else {
            for (JsonNode element : Fields.array(value.get(), param)) {
                stop.add(Fields.text(element, "%s[%d]".formatted(param, stop.size())));
            }
        }
        if (stop.size() > MAXIMUM_STOPS || stop.stream().anyMatch(String::isEmpty)) {
            throw ApiException.invalid(param, "invalid_value",
                    "Invalid value for '%s': expected up to %d texts that are not empty, found %d, %d of them empty."
                            .formatted(param, MAXIMUM_STOPS, stop.size(),
                                    stop.stream().filter(String::isEmpty).count()));
        }
        return stop;
    }
}
