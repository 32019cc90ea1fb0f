package dev.vesper.server.wire;

import com.fasterxml.jackson.annotation.JsonValue;
import org.jspecify.annotations.Nullable;

/** The usage in a chunk of a stream whose client wants it: JSON's null in all but the last one. */
public record StreamUsage(@JsonValue @Nullable Usage value) {
    /** Not known yet. */
    public static final StreamUsage PENDING = new StreamUsage(null);
}
