package dev.vesper.server.wire;

import org.jspecify.annotations.Nullable;

/**
 * A model that requests may name.
 *
 * @param created seconds since 1970
 * @param parent the model that an adapter changes; null for a model of its own (not OpenAI's)
 * @param contextLength tokens of prompt and reply together (not OpenAI's)
 */
public record ModelCard(
        String id, String object, long created, String ownedBy, @Nullable String parent, int contextLength) {}
