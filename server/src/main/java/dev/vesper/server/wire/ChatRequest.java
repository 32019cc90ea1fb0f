package dev.vesper.server.wire;

import dev.vesper.llm.GenerateOptions;
import dev.vesper.llm.Message;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What {@code POST /v1/chat/completions} asks for.
 *
 * @param model as it is listed
 * @param options all but the model
 * @param choices how many answers
 */
public record ChatRequest(
        String model, List<Message> messages, GenerateOptions options, int choices, Delivery delivery) {

    /** Bookkeeping of a service that stores and bills: nothing of the answer depends on it. */
    private static final List<String> HARMLESS = List.of(
            "user", "metadata", "store", "safety_identifier", "service_tier", "prompt_cache_key",
            "prompt_cache_retention", "prompt_cache_options");

    static final int MAXIMUM_CHOICES = 128;

    /**
     * Reads a body.
     *
     * @param vocabulary number of tokens that the model knows
     * @throws ApiException 400 that names the parameter
     */
    public static ChatRequest read(ObjectNode body, int vocabulary) {
        var fields = new Fields(body, "");
        String model = fields.requiredString("model");
        List<Message> messages = Messages.read(fields.required("messages"));
        GenerateOptions options = Sampling.read(fields, vocabulary).maxTokens(maximumTokens(fields));
        int choices = fields.integer("n", 1, MAXIMUM_CHOICES).orElse(1);
        Delivery delivery = Delivery.read(fields);
        fields.harmless(HARMLESS);
        refuseUnsupported(fields);
        fields.finish();
        return new ChatRequest(model, messages, options, choices, delivery);
    }

    private static int maximumTokens(Fields fields) {
        OptionalInt older = fields.integer("max_tokens", 1, Integer.MAX_VALUE);
        OptionalInt newer = fields.integer("max_completion_tokens", 1, Integer.MAX_VALUE);
        if (older.isPresent() && newer.isPresent()) {
            throw ApiException.invalid("max_tokens", "invalid_value",
                    "'max_tokens' and 'max_completion_tokens' cannot both be set: the second is the newer name.");
        }
        return newer.orElse(older.orElse(Integer.MAX_VALUE));
    }

    private static void refuseUnsupported(Fields fields) {
        Predicate<JsonNode> never = value -> false;
        Predicate<JsonNode> empty = value -> value.isArray() && value.isEmpty();
        Predicate<JsonNode> noTool = oneOf("none", "auto");
        fields.unsupported("tools", empty);
        fields.unsupported("tool_choice", noTool);
        fields.unsupported("parallel_tool_calls", JsonNode::isBoolean);
        fields.unsupported("functions", empty);
        fields.unsupported("function_call", noTool);
        fields.unsupported("logprobs", value -> value.isBoolean() && !value.booleanValue());
        fields.unsupported("top_logprobs", value -> value.isIntegralNumber() && value.asDouble(1) == 0);
        fields.unsupported("response_format", ChatRequest::isPlainText);
        fields.unsupported("modalities",
                value -> value.isArray() && value.size() == 1 && oneOf("text").test(value.get(0)));
        fields.unsupported("reasoning_effort", oneOf("none"));
        fields.unsupported("verbosity", oneOf("medium"));
        for (String name : List.of("audio", "prediction", "web_search_options", "moderation")) {
            fields.unsupported(name, never);
        }
    }

    private static boolean isPlainText(JsonNode format) {
        return format.isObject() && format.size() == 1 && format.has("type") && oneOf("text").test(format.get("type"));
    }

    private static Predicate<JsonNode> oneOf(String... values) {
        return value -> value.isString() && List.of(values).contains(value.stringValue());
    }
}
