package dev.vesper.server.wire;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The whole answer to a conversation. */
public record ChatCompletion(
        String id, String object, long created, String model, List<Choice> choices, Usage usage,
        String systemFingerprint) {

    /** One of the answers that were asked for. */
    public record Choice(int index, AssistantMessage message, @Nullable Object logprobs, String finishReason) {
        public Choice(int index, String content, String finishReason) {
            this(index, new AssistantMessage("assistant", content, null), null, finishReason);
        }
    }

    /** The turn that the model wrote. */
    public record AssistantMessage(String role, String content, @Nullable String refusal) {}

    public ChatCompletion(Stamp stamp, List<Choice> choices, Usage usage) {
        this(stamp.id(), "chat.completion", stamp.created(), stamp.model(), choices, usage, stamp.fingerprint());
    }
}
