package dev.vesper.data;

import dev.vesper.llm.Message;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Conversations as they stand in a file, before a model's template makes tokens of them. */
public final class Conversations {
    private Conversations() {}

    /**
     * All conversations of a file, in order.
     *
     * @throws DataException if one of them cannot be used, or the format is none of conversations
     */
    public static List<List<Message>> read(Path file, DataFormat format) {
        List<List<Message>> all = new ArrayList<>();
        ConversationJson.each(file, Data.bytes(file), format, false, messages -> all.add(List.copyOf(messages)));
        return all;
    }
}
