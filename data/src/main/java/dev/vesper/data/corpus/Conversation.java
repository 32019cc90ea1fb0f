package dev.vesper.data.corpus;

import dev.vesper.llm.Message;
import java.util.List;

/** A conversation to learn from; it ends with an answer. */
public record Conversation(List<Message> messages) {
    public Conversation {
        messages = List.copyOf(messages);
    }
}
