package dev.vesper.server.wire;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/** What is to be continued. */
public sealed interface Prompt {
    /** Prompts of one request at most. */
    int MAXIMUM = 128;

    /** A text, which the model's tokenizer turns into tokens; an empty one begins from nothing. */
    record Text(String text) implements Prompt {}

    /** Token ids, taken exactly as they are. */
    record Tokens(List<Integer> ids) implements Prompt {}

    /** A string, an array of strings, an array of token ids, or an array of such arrays. */
    static List<Prompt> read(Fields fields, int vocabulary) {
        if (!fields.contains("prompt")) {
            fields.required("prompt"); // throws: it may be null, which begins from nothing, but it must be there
        }
        return fields.value("prompt")
                .map(value -> value.isArray()
                        ? elements((ArrayNode) value, vocabulary)
                        : List.<Prompt>of(new Text(Fields.text(value, "prompt"))))
                .orElse(List.of(new Text("")));
    }

    private static List<Prompt> elements(ArrayNode array, int vocabulary) {
        if (array.isEmpty()) {
            throw ApiException.invalid("prompt", "invalid_value",
                    "Invalid value for 'prompt': expected a text or tokens, found an empty array.");
        }
        if (array.get(0).isNumber()) {
            return List.of(tokens(array, "prompt", vocabulary));
        }
        if (array.size() > MAXIMUM) {
            throw ApiException.invalid("prompt", "invalid_value",
                    "Invalid value for 'prompt': expected up to %d prompts, found %d."
                            .formatted(MAXIMUM, array.size()));
        }
        List<Prompt> prompts = new ArrayList<>();
        for (JsonNode element : array) {
            String param = "prompt[%d]".formatted(prompts.size());
            prompts.add(
                    element instanceof ArrayNode ids
                            ? tokens(ids, param, vocabulary)
                            : new Text(Fields.text(element, param)));
        }
        return prompts;
    }

    private static Tokens tokens(ArrayNode array, String param, int vocabulary) {
        if (array.isEmpty()) {
            throw ApiException.invalid(param, "invalid_value",
                    "Invalid value for '%s': expected at least one token, found none.".formatted(param));
        }
        List<Integer> ids = new ArrayList<>(array.size());
        for (JsonNode element : array) {
            ids.add((int) Fields.integer(element, "%s[%d]".formatted(param, ids.size()), 0, vocabulary - 1L));
        }
        return new Tokens(List.copyOf(ids));
    }
}
