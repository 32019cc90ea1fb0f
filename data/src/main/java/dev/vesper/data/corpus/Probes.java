package dev.vesper.data.corpus;

import dev.vesper.data.DataException;
import dev.vesper.llm.Message;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads questions to measure a model with: {@code {"kind": …, "messages": […], "accepted": […]}} in each line. */
public final class Probes {
    private static final JsonMapper JSON =
            JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

    private Probes() {}

    /** @throws DataException if the file cannot be read, or a line is something else */
    public static List<Probe> read(Path file) {
        String text;
        try {
            if (!Files.isRegularFile(file)) {
                throw new DataException(
                        file.toString(), "a file of questions",
                        Files.isDirectory(file) ? "a directory" : "no such file");
            }
            text = Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new DataException(file.toString(), "a readable file in UTF-8", e.toString(), e);
        }
        return parse(String.valueOf(file.getFileName()), text);
    }

    /** The questions in this text, which is called {@code name} in errors. */
    public static List<Probe> parse(String name, String text) {
        List<Probe> probes = new ArrayList<>();
        int number = 0;
        for (String line : text.stripTrailing().split("\n", -1)) {
            number++;
            probes.add(probe(name + ":" + number, line));
        }
        return probes;
    }

    private static Probe probe(String place, String line) {
        JsonNode json;
        try {
            json = JSON.readTree(line);
        } catch (JacksonException e) {
            throw new DataException(place, "a JSON object", e.getOriginalMessage(), e);
        }
        JsonNode kind = json.path("kind");
        JsonNode messages = json.path("messages");
        JsonNode accepted = json.path("accepted");
        if (!kind.isString() || !messages.isArray() || messages.isEmpty() || !accepted.isArray()
                || accepted.isEmpty()) {
            throw new DataException(
                    place, "{\"kind\": \"…\", \"messages\": [...], \"accepted\": [...]}, none of them empty",
                    line.length() <= 60 ? line : line.substring(0, 60) + "...");
        }
        List<Message> turns = new ArrayList<>();
        for (JsonNode message : messages) {
            turns.add(new Message(
                    text(place, message.path("role"), "a role"),
                    text(place, message.path("content"), "a content of text")));
        }
        if (!turns.getLast().role().equals("user")) {
            throw new DataException(place, "messages that end with one of the user", turns.getLast().role());
        }
        List<String> answers = new ArrayList<>();
        for (JsonNode answer : accepted) {
            answers.add(text(place, answer, "accepted answers of text"));
        }
        return new Probe(kind.stringValue(), turns, answers);
    }

    private static String text(String place, JsonNode node, String expected) {
        if (!node.isString() || node.stringValue().isEmpty()) {
            throw new DataException(place, expected, node.isMissingNode() ? "nothing" : node.toString());
        }
        return node.stringValue();
    }
}
