package dev.vesper.data;

import dev.vesper.llm.Message;
import dev.vesper.llm.ModelFile;
import dev.vesper.llm.chat.SupervisedText;
import dev.vesper.llm.chat.SupervisedText.Segment;
import dev.vesper.llm.chat.jinja.TemplateException;
import dev.vesper.llm.chat.jinja.TemplateException.Kind;
import dev.vesper.llm.text.Tokenizer;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Rows from conversations, one in each line. The conversation is rendered by the model's chat template as it would be
 * served, and the model learns its answers with the end of turn, nothing else. Each piece, prompt or answer, is
 * tokenised by itself, the first with the beginning of text: no token straddles the border, as none does when an answer
 * is generated token by token after its prompt.
 */
final class ChatRows {
    private static final Set<String> ROLES = Set.of("system", "developer", "user", "assistant");
    private static final Set<String> FIELDS = Set.of("role", "content");
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private ChatRows() {}

    /** @param refused gets the rows that cannot be used */
    static List<Row> read(Path file, byte[] text, ModelFile model, List<Refusal> refused) {
        List<Row> rows = new ArrayList<>();
        List<TemplateException> unsplit = new ArrayList<>();
        int end = trimmedEnd(text);
        if (end == 0) {
            throw new DataException(file.toString(), "at least one conversation", "an empty file");
        }
        int number = 1;
        for (int from = 0; from < end; number++) {
            int to = from;
            while (to < end && text[to] != '\n') {
                to++;
            }
            String place = file.getFileName() + ":" + number;
            try {
                rows.addAll(rows(place, messages(place, line(place, text, from, to)), model));
            } catch (DataException e) {
                refused.addAll(e.refusals());
                if (e.getCause() instanceof TemplateException template && template.kind() == Kind.SPLIT) {
                    unsplit.add(template);
                }
            }
            from = to + 1;
        }
        if (rows.isEmpty() && !unsplit.isEmpty()) {
            // Not a fault of the rows: saying it of each would hide what is wrong.
            throw new DataException(
                    model.path().toString(),
                    "a chat template with which a conversation can be split into prompt and answer, so that the answers"
                            + " alone are learnt (running text, .txt, is learnt without a template)",
                    "none of %d conversations split: %s".formatted(unsplit.size(), unsplit.getFirst().getMessage()),
                    unsplit.getFirst());
        }
        return rows;
    }

    /** Where the text ends but for empty lines, of which there may be some at the end. */
    private static int trimmedEnd(byte[] text) {
        int end = text.length;
        while (end > 0 && (text[end - 1] == '\n' || text[end - 1] == '\r' || text[end - 1] == ' ')) {
            end--;
        }
        return end;
    }

    private static String line(String place, byte[] text, int from, int to) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(text, from, to - from))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new DataException(place, "text in UTF-8", "bytes that are not", e);
        }
    }

    private static List<Message> messages(String place, String line) {
        if (line.isBlank()) {
            throw new DataException(place, "a conversation", "an empty line");
        }
        JsonNode json = parse(place, line);
        JsonNode array = json.path("messages");
        if (!array.isArray() || array.isEmpty()) {
            throw new DataException(
                    place, "{\"messages\": [...]} with at least one message",
                    array.isMissingNode() ? "no messages" : kind(array));
        }
        if (json.hasNonNull("tools") || json.hasNonNull("functions")) {
            throw new DataException(place, "a conversation without tools, which are not supported yet", "tools");
        }
        List<Message> messages = new ArrayList<>();
        for (int i = 0; i < array.size(); i++) {
            messages.add(message("%s, message %d".formatted(place, i + 1), array.get(i)));
        }
        if (messages.stream().noneMatch(message -> message.role().equals("assistant"))) {
            throw new DataException(place, "at least one message of the assistant", "none to learn from");
        }
        return messages;
    }

    private static JsonNode parse(String place, String line) {
        try {
            JsonNode json = JSON.readTree(line);
            if (!json.isObject()) {
                throw new DataException(place, "a JSON object", kind(json));
            }
            return json;
        } catch (JacksonException e) {
            // What follows the bracket tells of the reader's buffer, which is this one line.
            String found = e.getOriginalMessage().replaceFirst("\\s*\\((start marker|for Object|for Array).*", "");
            throw new DataException(place, "a JSON object", found, e);
        }
    }

    private static Message message(String place, JsonNode json) {
        if (!json.isObject()) {
            throw new DataException(place, "an object with role and content", kind(json));
        }
        for (String field : json.propertyNames()) {
            if (!FIELDS.contains(field)) {
                throw new DataException(place, "only role and content", "\"" + field + "\"");
            }
        }
        JsonNode role = json.path("role");
        if (!role.isString() || !ROLES.contains(role.stringValue())) {
            throw new DataException(place, "a role of system, developer, user or assistant", kind(role));
        }
        JsonNode content = json.path("content");
        if (!content.isString() || content.stringValue().isEmpty()) {
            throw new DataException(place, "a content of text", kind(content));
        }
        return new Message(role.stringValue(), content.stringValue());
    }

    private static String kind(JsonNode node) {
        if (node.isMissingNode()) {
            return "nothing";
        }
        String text = node.toString();
        return text.length() <= 60 ? text : text.substring(0, 60) + "...";
    }

    private static List<Row> rows(String place, List<Message> messages, ModelFile model) {
        List<SupervisedText> texts;
        try {
            texts = model.template().supervise(ModelFile.maps(messages), List.of(), model.templateVariables());
        } catch (TemplateException e) {
            throw new DataException(
                    place, "a conversation that the chat template takes", "that it refuses: " + e.getMessage(), e);
        }
        return texts.stream().map(text -> row(place, text, model)).toList();
    }

    private static Row row(String place, SupervisedText text, ModelFile model) {
        Tokenizer tokenizer = model.tokenizer();
        int[] tokens = {};
        boolean[] supervised = {};
        for (Segment segment : text.segments()) {
            int[] piece = tokens.length == 0
                    ? model.templateTokens(segment.text())
                    : tokenizer.encodeAfter(tokens[tokens.length - 1], segment.text(), true);
            int at = tokens.length;
            tokens = Arrays.copyOf(tokens, at + piece.length);
            System.arraycopy(piece, 0, tokens, at, piece.length);
            supervised = Arrays.copyOf(supervised, tokens.length);
            Arrays.fill(supervised, Math.max(1, Math.min(at, tokens.length)), tokens.length, segment.supervised());
        }
        return new Row(place, tokens, supervised);
    }
}
