package dev.vesper.data;

import dev.vesper.llm.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * Reads preferences in the forms in which they are published. A prompt is {@code prompt} (text or messages, as for TRL),
 * {@code conversations} or {@code messages} (as for LLaMA-Factory), or {@code instruction} with {@code input}; text is
 * taken for a message of the user. Messages have {@code role} and {@code content} or {@code from} and {@code value}. A
 * {@code system} text may stand beside. Fields of other names are of no concern here, but tools and pictures are refused.
 */
final class PreferenceJson {
    private static final Map<String, String> ROLES = Map.of(
            "human", "user",
            "user", "user",
            "gpt", "assistant",
            "assistant", "assistant",
            "system", "system");
    private static final List<String> UNSUPPORTED = List.of("tools", "functions", "images", "videos", "audios", "history");
    private static final List<String> PROMPTS = List.of("prompt", "conversations", "messages", "instruction");
    private static final List<String> ANSWERS = List.of("completion", "output", "response");

    private PreferenceJson() {}

    /** A prompt, the answer that was preferred, and the other. */
    record Pair(List<Message> prompt, Message chosen, Message rejected) {}

    /** A prompt, an answer, and whether it is good. */
    record Judged(List<Message> prompt, Message answer, boolean good) {}

    static Pair pair(String place, JsonNode json) {
        requireSupported(place, json);
        List<Message> chosen = answer(place, json, "chosen");
        List<Message> rejected = answer(place, json, "rejected");
        List<Message> before = chosen.subList(0, chosen.size() - 1);
        if (!before.equals(rejected.subList(0, rejected.size() - 1))) {
            throw new DataException(
                    place, "the same messages before the chosen and the rejected answer",
                    "%d and %d, which differ".formatted(chosen.size() - 1, rejected.size() - 1));
        }
        if (chosen.getLast().equals(rejected.getLast())) {
            throw new DataException(place, "two different answers", "the same one as chosen and as rejected");
        }
        return new Pair(prompt(place, json, before), chosen.getLast(), rejected.getLast());
    }

    static Judged judged(String place, JsonNode json) {
        requireSupported(place, json);
        String name = json.has("kto_tag") ? "kto_tag" : "label";
        JsonNode label = json.path(name);
        if (!label.isBoolean()) {
            throw new DataException(place, "a label (or kto_tag) of true or false", ChatRows.kind(label));
        }
        Optional<String> field = ANSWERS.stream().filter(json::has).findFirst();
        List<Message> answer = List.of();
        List<Message> prompt;
        if (field.isPresent()) {
            answer = answer(place, json, field.get());
            prompt = prompt(place, json, answer.subList(0, answer.size() - 1));
        } else {
            List<Message> all = prompt(place, json, List.of());
            answer = all.subList(all.size() - 1, all.size());
            prompt = all.subList(0, all.size() - 1);
            requireAnswer(place, answer.getLast());
        }
        if (prompt.isEmpty()) {
            throw new DataException(place, "a prompt before the answer", "none");
        }
        return new Judged(prompt, answer.getLast(), label.booleanValue());
    }

    /** The system text, if there is one, and what stands in {@code field}: messages, or an instruction with its input. */
    static List<Message> conversation(String place, JsonNode json, String field) {
        requireSupported(place, json);
        if (!json.has(field)) {
            throw new DataException(
                    place, "a field of the name " + field, "only " + String.join(", ", json.propertyNames()));
        }
        List<Message> messages = new ArrayList<>(system(json));
        messages.addAll(promptOf(place, json, field));
        return messages;
    }

    private static List<Message> system(JsonNode json) {
        JsonNode system = json.path("system");
        return system.isString() && !system.stringValue().isEmpty()
                ? List.of(Message.system(system.stringValue()))
                : List.of();
    }

    private static void requireSupported(String place, JsonNode json) {
        for (String field : UNSUPPORTED) {
            JsonNode value = json.path(field);
            boolean empty = value.isMissingNode() || value.isNull() || value.isContainer() && value.isEmpty()
                    || value.isString() && value.stringValue().isEmpty();
            if (!empty) {
                throw new DataException(place, "a row without %s, which are not supported yet".formatted(field), field);
            }
        }
    }

    /** The answer, after what comes before it where the field holds a whole conversation. */
    private static List<Message> answer(String place, JsonNode json, String field) {
        JsonNode value = json.path(field);
        String where = place + ", " + field;
        if (value.isString()) {
            if (value.stringValue().isEmpty()) {
                throw new DataException(where, "an answer", "an empty text");
            }
            return List.of(Message.assistant(value.stringValue()));
        }
        List<Message> messages = value.isObject() ? List.of(message(where, value)) : messages(where, value);
        requireAnswer(where, messages.getLast());
        return messages;
    }

    private static void requireAnswer(String place, Message last) {
        if (!last.role().equals("assistant")) {
            throw new DataException(place, "an answer of the assistant at the end", "a message of the " + last.role());
        }
    }

    /** @param before the prompt as it stands before the answers; empty if it stands nowhere but in fields of its own */
    private static List<Message> prompt(String place, JsonNode json, List<Message> before) {
        List<Message> prompt = new ArrayList<>(system(json));
        Optional<String> field = PROMPTS.stream().filter(json::has).findFirst();
        if (field.isPresent()) {
            prompt.addAll(promptOf(place, json, field.get()));
        } else {
            prompt.addAll(before);
        }
        if (prompt.isEmpty()) {
            throw new DataException(
                    place, "a prompt: one of " + String.join(", ", PROMPTS),
                    "only " + String.join(", ", json.propertyNames()));
        }
        if (!before.isEmpty() && !before.equals(prompt)) {
            throw new DataException(
                    place, "the messages of the %s also before the answers, or no messages before these"
                            .formatted(field.orElse("system text")),
                    "%d other messages".formatted(before.size()));
        }
        return prompt;
    }

    private static List<Message> promptOf(String place, JsonNode json, String field) {
        JsonNode value = json.path(field);
        String where = place + ", " + field;
        if (!value.isString()) {
            return messages(where, value);
        }
        String text = value.stringValue();
        JsonNode input = json.path("input");
        if (field.equals("instruction") && input.isString() && !input.stringValue().isEmpty()) {
            text = text.isEmpty() ? input.stringValue() : text + "\n" + input.stringValue();
        }
        if (text.isEmpty()) {
            throw new DataException(where, "a text or messages", "an empty text");
        }
        return List.of(Message.user(text));
    }

    private static List<Message> messages(String place, JsonNode array) {
        if (!array.isArray() || array.isEmpty()) {
            throw new DataException(place, "a text or at least one message", ChatRows.kind(array));
        }
        List<Message> messages = new ArrayList<>();
        for (int i = 0; i < array.size(); i++) {
            messages.add(message("%s, message %d".formatted(place, i + 1), array.get(i)));
        }
        return messages;
    }

    private static Message message(String place, JsonNode json) {
        if (!json.has("from")) {
            return ChatRows.message(place, json);
        }
        for (String field : json.propertyNames()) {
            if (!field.equals("from") && !field.equals("value")) {
                throw new DataException(place, "only from and value", "\"" + field + "\"");
            }
        }
        JsonNode from = json.path("from");
        String role = from.isString() ? ROLES.getOrDefault(from.stringValue(), "") : "";
        if (role.isEmpty()) {
            throw new DataException(place, "from human, gpt or system", ChatRows.kind(from));
        }
        JsonNode value = json.path("value");
        if (!value.isString() || value.stringValue().isEmpty()) {
            throw new DataException(place, "a value of text", ChatRows.kind(value));
        }
        return new Message(role, value.stringValue());
    }
}
