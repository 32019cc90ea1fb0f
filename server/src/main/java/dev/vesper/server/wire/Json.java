package dev.vesper.server.wire;

import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Between bytes and records: members in snake case, and nothing of a body overlooked. */
public final class Json {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private Json() {}

    /** The bytes of a record. */
    public static byte[] bytes(Object value) {
        return MAPPER.writeValueAsBytes(value);
    }

    /**
     * The object that a body holds.
     *
     * @throws ApiException 400 that names line and column where the body is no JSON, or that says what it is instead
     */
    public static ObjectNode object(byte[] body) {
        JsonNode node;
        try {
            node = MAPPER.readTree(body);
        } catch (JacksonException e) {
            throw malformed(e);
        }
        if (node instanceof ObjectNode object) {
            return object;
        }
        throw ApiException.invalid(
                "", "invalid_json", "The body must be a JSON object, found %s.".formatted(Fields.describe(node)));
    }

    private static ApiException malformed(JacksonException e) {
        TokenStreamLocation location = e.getLocation();
        String place = location == null || location.getLineNr() < 1
                ? ""
                : " (line %d, column %d)".formatted(location.getLineNr(), location.getColumnNr());
        String reason = e.getOriginalMessage();
        return ApiException.invalid(
                "", "invalid_json", "The body is not valid JSON%s: %s".formatted(place, reason == null ? "" : reason));
    }
}
