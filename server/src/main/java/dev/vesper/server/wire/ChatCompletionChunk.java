package dev.vesper.server.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A piece of a streamed answer to a conversation. */
public record ChatCompletionChunk(
        String id, String object, long created, String model, List<Choice> choices,
        @JsonInclude(Include.NON_NULL) @Nullable StreamUsage usage, String systemFingerprint) {

    /** What is new in one of the answers. */
    public record Choice(int index, Delta delta, @Nullable Object logprobs, @Nullable String finishReason) {
        /** The first piece, which says who speaks. */
        public static Choice first(int index) {
            return new Choice(index, new Delta("assistant", "", null), null, null);
        }

        /** A piece of text. */
        public static Choice text(int index, String content) {
            return new Choice(index, new Delta(null, content, null), null, null);
        }

        /** The last piece, which says why it ends. */
        public static Choice last(int index, String finishReason) {
            return new Choice(index, new Delta(null, null, null), null, finishReason);
        }
    }

    /** Members that are absent have not changed. */
    @JsonInclude(Include.NON_NULL)
    public record Delta(@Nullable String role, @Nullable String content, @Nullable String refusal) {}

    /** @param usage null where the client does not want to know */
    public ChatCompletionChunk(Stamp stamp, List<Choice> choices, @Nullable StreamUsage usage) {
        this(stamp.id(), "chat.completion.chunk", stamp.created(), stamp.model(), choices, usage, stamp.fingerprint());
    }
}
