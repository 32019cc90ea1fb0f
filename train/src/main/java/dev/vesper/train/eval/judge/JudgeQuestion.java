package dev.vesper.train.eval.judge;

import dev.vesper.data.DataException;
import dev.vesper.llm.Message;
import dev.vesper.train.eval.TextFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * What two models are asked.
 *
 * @param messages the last of which is of the user
 */
public record JudgeQuestion(String place, List<Message> messages) {
    private static final Set<String> ROLES = Set.of("system", "developer", "user", "assistant");

    public JudgeQuestion {
        messages = List.copyOf(messages);
    }

    /**
     * Reads questions: one in each line of a text, or one JSON object in each line of a {@code .jsonl}, with {@code prompt},
     * {@code question} or {@code messages}; of a conversation all is asked up to its last message of the user.
     *
     * @throws DataException if the file cannot be used
     */
    public static List<JudgeQuestion> read(Path file) {
        if (file.toString().toLowerCase(Locale.ROOT).endsWith(".jsonl")) {
            return TextFile.objects(file).stream().map(JudgeQuestion::of).toList();
        }
        List<JudgeQuestion> questions = new ArrayList<>();
        int number = 1;
        for (String line : TextFile.read(file).lines().toList()) {
            String place = file.getFileName() + ":" + number++;
            if (!line.isBlank()) {
                questions.add(new JudgeQuestion(place, List.of(Message.user(line.strip()))));
            }
        }
        if (questions.isEmpty()) {
            throw new DataException(file.toString(), "at least one question in a line", "none");
        }
        return questions;
    }

    private static JudgeQuestion of(TextFile.Line line) {
        JsonNode messages = line.json().path("messages");
        if (!messages.isMissingNode()) {
            return new JudgeQuestion(line.place(), conversation(line, messages));
        }
        JsonNode text = line.json().has("prompt") ? line.json().path("prompt") : line.json().path("question");
        if (!text.isString() || text.stringValue().isBlank()) {
            throw new DataException(
                    line.place(), "a prompt or a question as text, or messages",
                    String.join(", ", line.json().propertyNames()));
        }
        return new JudgeQuestion(line.place(), List.of(Message.user(text.stringValue())));
    }

    private static List<Message> conversation(TextFile.Line line, JsonNode array) {
        List<Message> messages = new ArrayList<>();
        int end = 0;
        for (JsonNode json : array) {
            JsonNode role = json.path("role");
            JsonNode content = json.path("content");
            if (!role.isString() || !ROLES.contains(role.stringValue()) || !content.isString()) {
                throw new DataException(
                        "%s, message %d".formatted(line.place(), messages.size() + 1), "a role and a content of text",
                        TextFile.shown(json));
            }
            messages.add(new Message(role.stringValue(), content.stringValue()));
            end = role.stringValue().equals("user") ? messages.size() : end;
        }
        if (end == 0) {
            throw new DataException(line.place(), "at least one message of the user", "none");
        }
        return messages.subList(0, end);
    }

    /** What the user asks last. */
    public String text() {
        return messages.getLast().content();
    }
}
