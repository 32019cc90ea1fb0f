package dev.vesper.train.eval;

import dev.vesper.data.DataException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Files of text, and of one JSON object in each line. */
public final class TextFile {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private TextFile() {}

    /** A line, and where it stands. */
    public record Line(String place, JsonNode json) {}

    /**
     * The whole file.
     *
     * @throws DataException if it cannot be read or is not UTF-8
     */
    public static String read(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new DataException(file.toString(), "a file",
                    Files.isDirectory(file) ? "a directory" : "no such file");
        }
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (CharacterCodingException e) {
            throw new DataException(file.toString(), "text in UTF-8", "bytes that are not", e);
        } catch (IOException e) {
            throw new DataException(file.toString(), "a readable file", e.toString(), e);
        }
    }

    /**
     * The objects of a file, one in each line; empty lines are allowed at the end only.
     *
     * @throws DataException if a line is not an object, or there is none
     */
    public static List<Line> objects(Path file) {
        String text = read(file).stripTrailing();
        if (text.isEmpty()) {
            throw new DataException(file.toString(), "at least one JSON object in a line", "an empty file");
        }
        List<Line> objects = new ArrayList<>();
        int number = 1;
        for (String line : text.split("\n", -1)) {
            String place = file.getFileName() + ":" + number++;
            objects.add(new Line(place, object(place, line)));
        }
        return objects;
    }

    /** The object that a line is. */
    static JsonNode object(String place, String line) {
        if (line.isBlank()) {
            throw new DataException(place, "a JSON object", "an empty line");
        }
        try {
            JsonNode json = JSON.readTree(line);
            if (!json.isObject()) {
                throw new DataException(place, "a JSON object", shown(json));
            }
            return json;
        } catch (JacksonException e) {
            throw new DataException(place, "a JSON object", e.getOriginalMessage(), e);
        }
    }

    /** A value for an error message. */
    public static String shown(JsonNode node) {
        if (node.isMissingNode()) {
            return "nothing";
        }
        String text = node.toString();
        return text.length() <= 60 ? text : text.substring(0, 60) + "...";
    }
}
