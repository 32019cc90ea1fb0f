package dev.vesper.llm.chat;

import java.util.List;
import java.util.Map;

/** Stands in until the real one is merged: the plain form only. */
public final class ChatTemplate {
    private ChatTemplate() {}

    public static ChatTemplate parse(String source) {
        if (!source.isEmpty()) {
            throw new TemplateException("not yet");
        }
        return plain();
    }

    public static ChatTemplate plain() {
        return new ChatTemplate();
    }

    public String name() {
        return "plain";
    }

    public String render(
            List<Map<String, Object>> messages, List<?> tools, boolean addGenerationPrompt, Map<String, Object> extra) {
        StringBuilder text = new StringBuilder();
        for (Map<String, Object> message : messages) {
            text.append(message.get("role")).append(": ").append(message.get("content")).append('\n');
        }
        return addGenerationPrompt ? text.append("assistant:").toString() : text.toString();
    }
}
