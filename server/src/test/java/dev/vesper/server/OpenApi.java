package dev.vesper.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** OpenAI's description of its API, that answers are held to where the fixtures are there. */
final class OpenApi {
    private static final Map<String, Schema> SCHEMAS = new ConcurrentHashMap<>();
    private static final JsonNode COMPONENTS = Fixtures.present() ? components() : null;

    private OpenApi() {}

    /** Checks that a value is what the schema of this name describes; checks nothing where the fixtures are absent. */
    static void check(String name, JsonNode value) {
        if (COMPONENTS != null) {
            assertThat(errors(name, value)).as("%s as %s", value, name).isEmpty();
        }
    }

    static List<String> errors(String name, JsonNode value) {
        return SCHEMAS.computeIfAbsent(name, OpenApi::schema)
                .validate(value)
                .stream()
                .map(Object::toString)
                .toList();
    }

    private static Schema schema(String name) {
        ObjectNode root = JsonMapper.shared().createObjectNode();
        root.put("$ref", "#/components/schemas/" + name);
        root.set("components", COMPONENTS);
        return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12).getSchema(root);
    }

    private static JsonNode components() {
        JsonNode components = JsonMapper.shared()
                .readTree(Fixtures.FOLDER.resolve("openai/openapi.json"))
                .get("components");
        allowNull(components);
        // its example of a stream and its words on stream_options have null there, which the schema forgot
        ObjectNode completion = (ObjectNode) components.at("/schemas/CreateCompletionResponse/properties");
        completion.set("usage", nullable((ObjectNode) completion.get("usage")));
        ObjectNode choice = (ObjectNode) completion.at("/choices/items/properties");
        choice.set("finish_reason", nullable((ObjectNode) choice.get("finish_reason")));
        return components;
    }

    /** {@code nullable} is a word of OpenAPI 3.0 that the description still uses in 3.1, where it means nothing. */
    private static void allowNull(JsonNode node) {
        if (node instanceof ObjectNode object) {
            for (String name : List.copyOf(object.propertyNames())) {
                JsonNode value = object.get(name);
                allowNull(value);
                if (value instanceof ObjectNode schema && schema.path("nullable").asBoolean(false)) {
                    object.set(name, nullable(schema));
                }
            }
        } else if (node.isArray()) {
            node.forEach(OpenApi::allowNull);
        }
    }

    private static ObjectNode nullable(ObjectNode schema) {
        ObjectNode either = JsonMapper.shared().createObjectNode();
        either.putArray("anyOf").add(schema).addObject().put("type", "null");
        return either;
    }
}
