package dev.vesper.server.wire;

import dev.vesper.llm.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/** The turns of a conversation in a request. */
final class Messages {
    private Messages() {}

    static List<Message> read(JsonNode value) {
        ArrayNode array = Fields.array(value, "messages");
        if (array.isEmpty()) {
            throw ApiException.invalid("messages", "invalid_value",
                    "Invalid value for 'messages': expected at least one message, found none.");
        }
        List<Message> messages = new ArrayList<>();
        for (JsonNode element : array) {
            String param = "messages[%d]".formatted(messages.size());
            messages.add(message(new Fields(Fields.object(element, param), param + ".")));
        }
        return messages;
    }

    private static Message message(Fields fields) {
        String role = role(fields);
        if (role.equals("assistant")) {
            // what the answers of other servers carry besides the text, and clients send back
            Predicate<JsonNode> empty = calls -> calls.isArray() && calls.isEmpty();
            fields.unsupported("tool_calls", empty);
            fields.unsupported("annotations", empty);
            for (String name : List.of("refusal", "audio", "function_call")) {
                fields.unsupported(name, any -> false);
            }
        }
        fields.unsupported("name", any -> false);
        String content = content(fields.required("content"), fields.param("content"));
        fields.finish();
        return new Message(role, content);
    }

    private static String role(Fields fields) {
        String role = fields.requiredString("role");
        return switch (role) {
            case "system", "user", "assistant" -> role;
            case "developer" -> "system";
            default -> throw ApiException.invalid(fields.param("role"), "invalid_value",
                    "Invalid value for '%s': supported are system, developer, user and assistant, found %s."
                            .formatted(fields.param("role"), Fields.describe(fields.required("role"))));
        };
    }

    /** A text, or parts of one that are joined as they are. */
    private static String content(JsonNode value, String param) {
        if (value.isString()) {
            return Fields.text(value, param);
        }
        if (!value.isArray()) {
            throw Fields.wrongType(param, "a string or an array of parts", value);
        }
        var text = new StringBuilder();
        int index = 0;
        for (JsonNode element : value) {
            String name = "%s[%d]".formatted(param, index++);
            var part = new Fields(Fields.object(element, name), name + ".");
            if (!part.requiredString("type").equals("text")) {
                throw ApiException.invalid(part.param("type"), "unsupported_value",
                        "Unsupported value for '%s': only parts of type \"text\" can be served, found %s."
                                .formatted(part.param("type"), Fields.describe(part.required("type"))));
            }
            text.append(part.requiredString("text"));
            part.finish();
        }
        return text.toString();
    }
}
