package dev.vesper.server.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The continuation of a text: the whole of it, or a piece of a streamed one. */
public record TextCompletion(
        String id, String object, long created, String model, List<Choice> choices,
        @JsonInclude(Include.NON_NULL) @Nullable StreamUsage usage, String systemFingerprint) {

    /** @param finishReason null in a stream, until the choice ends */
    public record Choice(String text, int index, @Nullable Object logprobs, @Nullable String finishReason) {
        public Choice(int index, String text, @Nullable String finishReason) {
            this(text, index, null, finishReason);
        }
    }

    /** @param usage null in a stream whose client does not want to know */
    public TextCompletion(Stamp stamp, List<Choice> choices, @Nullable StreamUsage usage) {
        this(stamp.id(), "text_completion", stamp.created(), stamp.model(), choices, usage, stamp.fingerprint());
    }
}
