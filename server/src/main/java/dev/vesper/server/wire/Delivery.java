package dev.vesper.server.wire;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * How an answer is to be sent.
 *
 * @param stream piece by piece, as server-sent events
 * @param includeUsage with a last piece that says what it cost
 */
public record Delivery(boolean stream, boolean includeUsage) {

    static Delivery read(Fields fields) {
        boolean stream = fields.flag("stream");
        Optional<JsonNode> options = fields.value("stream_options");
        if (options.isEmpty()) {
            return new Delivery(stream, false);
        }
        if (!stream) {
            throw ApiException.invalid("stream_options", "invalid_value",
                    "The 'stream_options' parameter is only allowed when 'stream' is true.");
        }
        var members = new Fields(Fields.object(options.get(), "stream_options"), "stream_options.");
        boolean includeUsage = members.flag("include_usage");
        members.unsupported("include_obfuscation", value -> value.isBoolean() && !value.booleanValue());
        members.finish();
        return new Delivery(true, includeUsage);
    }

    /** What a piece other than the last says about the cost; null for nothing. */
    public @Nullable StreamUsage pending() {
        return includeUsage ? StreamUsage.PENDING : null;
    }
}
