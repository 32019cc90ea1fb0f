package dev.vesper.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The objects in a file: one in each line (JSONL), or all in one array (JSON). */
final class JsonObjects {
    private static final JsonMapper JSON =
            JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

    private JsonObjects() {}

    /**
     * Hands on each object with its place, such as {@code pairs.jsonl:12} or {@code pairs.json, row 12}.
     *
     * @param refused gets the lines that hold no object, and what {@code use} refuses by a {@link DataException}
     * @return how many objects or lines there were
     * @throws DataException if the file is empty, or an array that cannot be read to its end
     */
    static int read(Path file, byte[] text, List<Refusal> refused, BiConsumer<String, JsonNode> use) {
        int end = ChatRows.trimmedEnd(text);
        if (end == 0) {
            throw new DataException(file.toString(), "at least one row", "an empty file");
        }
        int begin = 0;
        while (begin < end && Character.isWhitespace(text[begin])) {
            begin++;
        }
        return text[begin] == '[' ? array(file, text, refused, use) : lines(file, text, end, refused, use);
    }

    private static int lines(
            Path file, byte[] text, int end, List<Refusal> refused, BiConsumer<String, JsonNode> use) {
        int number = 0;
        for (int from = 0; from < end;) {
            int to = from;
            while (to < end && text[to] != '\n') {
                to++;
            }
            String place = file.getFileName() + ":" + ++number;
            try {
                String line = ChatRows.line(place, text, from, to);
                if (line.isBlank()) {
                    throw new DataException(place, "a JSON object", "an empty line");
                }
                use.accept(place, ChatRows.parse(place, line));
            } catch (DataException e) {
                refused.addAll(e.refusals());
            }
            from = to + 1;
        }
        return number;
    }

    private static int array(Path file, byte[] text, List<Refusal> refused, BiConsumer<String, JsonNode> use) {
        int number = 0;
        try (JsonParser parser = JSON.createParser(text)) {
            parser.nextToken();
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                String place = "%s, row %d".formatted(file.getFileName(), ++number);
                JsonNode json = parser.readValueAsTree();
                try {
                    if (!json.isObject()) {
                        throw new DataException(place, "a JSON object", ChatRows.kind(json));
                    }
                    use.accept(place, json);
                } catch (DataException e) {
                    refused.addAll(e.refusals());
                }
            }
            if (parser.nextToken() != null) {
                throw new DataException(file.toString(), "nothing after the array of rows", "more");
            }
        } catch (JacksonException e) {
            String place = e.getLocation() == null
                    ? file.toString()
                    : "%s:%d".formatted(file.getFileName(), e.getLocation().getLineNr());
            throw new DataException(
                    place, "an array of JSON objects, of which %d were read".formatted(Math.max(0, number - 1)),
                    e.getOriginalMessage(), e);
        }
        if (number == 0) {
            throw new DataException(file.toString(), "at least one row", "an empty array");
        }
        return number;
    }

    /** The first object of a file, as far as there is one that can be read. */
    static Optional<JsonNode> first(Path file) {
        try (InputStream in = Files.newInputStream(file);
                JsonParser parser = JSON.createParser(in)) {
            JsonToken token = parser.nextToken();
            if (token == JsonToken.START_ARRAY) {
                token = parser.nextToken();
            }
            return token == JsonToken.START_OBJECT ? Optional.of(parser.readValueAsTree()) : Optional.empty();
        } catch (IOException | JacksonException e) {
            // Whoever reads the whole file says what is wrong with it, and where.
            return Optional.empty();
        }
    }
}
