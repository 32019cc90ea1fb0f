package dev.vesper.server.wire;

import dev.vesper.llm.GenerateOptions;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * What {@code POST /v1/completions} asks for.
 *
 * @param model as it is listed
 * @param options all but the model
 * @param choices how many continuations of each prompt
 * @param echo whether a continuation begins with its prompt
 */
public record CompletionRequest(
        String model, List<Prompt> prompts, GenerateOptions options, int choices, boolean echo, Delivery delivery) {

    private static final int DEFAULT_TOKENS = 16;

    /**
     * Reads a body.
     *
     * @param vocabulary number of tokens that the model knows
     * @throws ApiException 400 that names the parameter
     */
    public static CompletionRequest read(ObjectNode body, int vocabulary) {
        var fields = new Fields(body, "");
        String model = fields.requiredString("model");
        List<Prompt> prompts = Prompt.read(fields, vocabulary);
        GenerateOptions options = Sampling.read(fields, vocabulary)
                .maxTokens(fields.integer("max_tokens", 0, Integer.MAX_VALUE).orElse(DEFAULT_TOKENS));
        int choices = fields.integer("n", 1, ChatRequest.MAXIMUM_CHOICES).orElse(1);
        boolean echo = fields.flag("echo");
        Delivery delivery = Delivery.read(fields);
        fields.harmless(List.of("user"));
        fields.unsupported("logprobs", any -> false);
        fields.unsupported("suffix", value -> value.isString() && value.stringValue().isEmpty());
        // the best n of n are all of them
        fields.unsupported("best_of", value -> value.isIntegralNumber() && value.asDouble(0) == choices);
        fields.finish();
        return new CompletionRequest(model, prompts, options, choices, echo, delivery);
    }
}
