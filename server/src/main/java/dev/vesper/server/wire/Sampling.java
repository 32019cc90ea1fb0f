package dev.vesper.server.wire;

import dev.vesper.llm.GenerateOptions;
import dev.vesper.llm.Weighted;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The parameters that both kinds of completion have: with which adapters, how to draw tokens, and where to stop. */
final class Sampling {
    private static final int MAXIMUM_STOPS = 64;
    private static final int MAXIMUM_ADAPTERS = 16;
    private static final double MAXIMUM_WEIGHT = 100;

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
                .stop(stop(fields))
                .adapters(adapters(fields));
        OptionalLong seed = fields.longInteger("seed", Long.MIN_VALUE, Long.MAX_VALUE);
        return seed.isPresent() ? options.seed(seed.getAsLong()) : options;
    }

    /** Not OpenAI's: adapters on the model, each with a weight. */
    private static List<Weighted> adapters(Fields fields) {
        Optional<JsonNode> value = fields.value("adapters");
        if (value.isEmpty()) {
            return List.of();
        }
        String param = fields.param("adapters");
        List<Weighted> adapters = new ArrayList<>();
        for (JsonNode element : Fields.array(value.get(), param)) {
            String place = "%s[%d]".formatted(param, adapters.size());
            var adapter = new Fields(Fields.object(element, place), place + ".");
            String name = adapter.requiredString("name");
            double weight = adapter.number("weight", -MAXIMUM_WEIGHT, MAXIMUM_WEIGHT).orElse(1);
            adapter.finish();
            if (name.isEmpty() || adapters.stream().anyMatch(other -> other.name().equals(name))) {
                throw ApiException.invalid(adapter.param("name"), "invalid_value",
                        "Invalid value for '%s': expected a name that comes once, found \"%s\"."
                                .formatted(adapter.param("name"), name));
            }
            adapters.add(new Weighted(name, weight));
        }
        if (adapters.size() > MAXIMUM_ADAPTERS) {
            throw ApiException.invalid(param, "invalid_value", "Invalid value for '%s': expected up to %d, found %d."
                    .formatted(param, MAXIMUM_ADAPTERS, adapters.size()));
        }
        return adapters;
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
