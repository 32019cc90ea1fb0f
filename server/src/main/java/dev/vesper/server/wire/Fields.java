package dev.vesper.server.wire;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The members of an object in a request. Each is read by name, with its type and range, and the error names it. JSON's null
 * is as good as absent. What was not read by the time of {@link #finish} is unknown, and refused.
 */
final class Fields {
    private final ObjectNode object;
    private final String path;
    private final Set<String> read = new HashSet<>();

    /** @param path where the object stands in the request, such as {@code messages[0].}; empty for the request itself */
    Fields(ObjectNode object, String path) {
        this.object = object;
        this.path = path;
    }

    /** The name of a member as errors spell it. */
    String param(String name) {
        return path + name;
    }

    /** The value of a member; empty if it is absent or null. */
    Optional<JsonNode> value(String name) {
        read.add(name);
        JsonNode value = object.get(name);
        return value == null || value.isNull() ? Optional.empty() : Optional.of(value);
    }

    /** Whether a member is there, null or not. */
    boolean contains(String name) {
        return object.has(name);
    }

    JsonNode required(String name) {
        return value(name).orElseThrow(
                () -> ApiException.invalid(param(name), "missing_required_parameter",
                        "Missing required parameter: '%s'.".formatted(param(name))));
    }

    String requiredString(String name) {
        return text(required(name), param(name));
    }

    boolean flag(String name) {
        return value(name).map(value -> {
            if (!value.isBoolean()) {
                throw wrongType(param(name), "a boolean", value);
            }
            return value.booleanValue();
        }).orElse(false);
    }

    OptionalInt integer(String name, int minimum, int maximum) {
        OptionalLong value = longInteger(name, minimum, maximum);
        return value.isPresent() ? OptionalInt.of((int) value.getAsLong()) : OptionalInt.empty();
    }

    OptionalLong longInteger(String name, long minimum, long maximum) {
        Optional<JsonNode> value = value(name);
        return value.isPresent()
                ? OptionalLong.of(integer(value.get(), param(name), minimum, maximum))
                : OptionalLong.empty();
    }

    OptionalDouble number(String name, double minimum, double maximum) {
        Optional<JsonNode> value = value(name);
        return value.isPresent()
                ? OptionalDouble.of(number(value.get(), param(name), minimum, maximum))
                : OptionalDouble.empty();
    }

    /** Members that change nothing here whatever they say. */
    void harmless(List<String> names) {
        read.addAll(names);
    }

    /** A member that has no effect with some values, and cannot be served with others. */
    void unsupported(String name, Predicate<JsonNode> neutral) {
        value(name).filter(neutral.negate()).ifPresent(value -> {
            throw ApiException.invalid(param(name), "unsupported_parameter",
                    "Unsupported parameter: '%s' cannot be served, found %s.".formatted(param(name), describe(value)));
        });
    }

    /** Refuses members that nobody asked for. */
    void finish() {
        for (String name : object.propertyNames()) {
            if (!read.contains(name)) {
                throw ApiException.invalid(param(name), "unknown_parameter",
                        "Unknown parameter: '%s'.".formatted(param(name)));
            }
        }
    }

    /** A string of whole characters: half of a surrogate pair has no UTF-8. */
    static String text(JsonNode value, String param) {
        if (!value.isString()) {
            throw wrongType(param, "a string", value);
        }
        String text = value.stringValue();
        for (int i = 0; i < text.length();) {
            // A pair is one code point beyond the basic plane; a surrogate that is a code point of its own is half of one.
            int point = text.codePointAt(i);
            if (point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE) {
                throw ApiException.invalid(param, "invalid_value",
                        "Invalid value for '%s': half of a surrogate pair (U+%04X) at character %d."
                                .formatted(param, point, i));
            }
            i += Character.charCount(point);
        }
        return text;
    }

    static long integer(JsonNode value, String param, long minimum, long maximum) {
        if (!value.isIntegralNumber()) {
            throw wrongType(param, "an integer", value);
        }
        if (!value.canConvertToLong() || value.longValue() < minimum || value.longValue() > maximum) {
            throw outOfRange(param, "%d to %d".formatted(minimum, maximum), value);
        }
        return value.longValue();
    }

    static double number(JsonNode value, String param, double minimum, double maximum) {
        if (!value.isNumber()) {
            throw wrongType(param, "a number", value);
        }
        double number = value.asDouble(Double.NaN);
        if (!(number >= minimum && number <= maximum)) {
            throw outOfRange(param, "%s to %s".formatted(minimum, maximum), value);
        }
        return number;
    }

    static ArrayNode array(JsonNode value, String param) {
        if (value instanceof ArrayNode array) {
            return array;
        }
        throw wrongType(param, "an array", value);
    }

    static ObjectNode object(JsonNode value, String param) {
        if (value instanceof ObjectNode object) {
            return object;
        }
        throw wrongType(param, "an object", value);
    }

    static ApiException wrongType(String param, String expected, JsonNode found) {
        return ApiException.invalid(param, "invalid_type",
                "Invalid type for '%s': expected %s, found %s.".formatted(param, expected, describe(found)));
    }

    private static ApiException outOfRange(String param, String expected, JsonNode found) {
        return ApiException.invalid(param, "invalid_value",
                "Invalid value for '%s': expected %s, found %s.".formatted(param, expected, describe(found)));
    }

    /** A value in a message: as it is spelled if that is short, else its kind. */
    static String describe(JsonNode value) {
        String kind = switch (value.getNodeType()) {
            case ARRAY -> "an array";
            case OBJECT -> "an object";
            case STRING -> "a string";
            case NUMBER -> "a number";
            case MISSING -> "nothing";
            default -> "a value";
        };
        if (value.isArray() || value.isObject() || value.isMissingNode()) {
            return kind;
        }
        String spelled = value.toString();
        return spelled.length() <= 40 ? spelled : kind + " of %d characters".formatted(spelled.length());
    }
}
