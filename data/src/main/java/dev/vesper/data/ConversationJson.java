package dev.vesper.data;

import dev.vesper.llm.Message;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/** Reads conversations in the forms in which they are published. */
final class ConversationJson {
    private ConversationJson() {}

    /** The conversation in this object, which has an answer to learn from. */
    static List<Message> messages(DataFormat format, String place, JsonNode json) {
        List<Message> messages =
                switch (format) {
                    case CHAT -> ChatRows.messages(place, json);
                    case SHAREGPT -> PreferenceJson.conversation(place, json, "conversations");
                    case ALPACA -> instruction(place, json);
                    case TEXT, PAIRS, JUDGED -> throw notConversations(place, format);
                };
        if (messages.stream().noneMatch(message -> message.role().equals("assistant"))) {
            throw new DataException(place, "at least one message of the assistant", "none to learn from");
        }
        return messages;
    }

    private static List<Message> instruction(String place, JsonNode json) {
        List<Message> messages = new ArrayList<>(PreferenceJson.conversation(place, json, "instruction"));
        JsonNode output = json.path("output");
        if (!output.isString() || output.stringValue().isEmpty()) {
            throw new DataException(place + ", output", "an answer of text", ChatRows.kind(output));
        }
        messages.add(Message.assistant(output.stringValue()));
        return messages;
    }

    /**
     * Gives each conversation of a file that can be used, and returns how many there were.
     *
     * @param skipBad whether one that cannot be used is left out; otherwise it refuses the file
     */
    static int each(Path file, byte[] text, DataFormat format, boolean skipBad, Consumer<List<Message>> use) {
        List<Refusal> refused = new ArrayList<>();
        int count = JsonObjects.read(
                file, text, refused, (place, json) -> use.accept(messages(format, place, json)));
        if (!refused.isEmpty() && !skipBad) {
            throw DataException.of(file.toString(), refused, count);
        }
        return count - refused.size();
    }

    static DataException notConversations(String place, DataFormat format) {
        return new DataException(place, "conversations or text", format.description());
    }
}
