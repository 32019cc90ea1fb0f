package dev.vesper.data;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** What a data file holds. */
public enum DataFormat {
    /** Raw text: the model learns every token. */
    TEXT("text"),
    /** A conversation in each line, as {@code {"messages": [{"role": …, "content": …}, …]}}: it learns the answers. */
    CHAT("conversations"),
    /** The same as {@code {"conversations": [{"from": "human", "value": …}, {"from": "gpt", "value": …}, …]}}. */
    SHAREGPT("conversations"),
    /** An {@code instruction}, perhaps with an {@code input}, and the {@code output}, which it learns. */
    ALPACA("instructions with answers"),
    /** Prompts with two answers, one {@code chosen} over the other, which is {@code rejected}. */
    PAIRS("pairs of a chosen and a rejected answer"),
    /** Prompts with an answer, and whether it is good: {@code label} or {@code kto_tag}, true or false. */
    JUDGED("answers with a label, true or false");

    private final String description;

    DataFormat(String description) {
        this.description = description;
    }

    /** In words, for messages. */
    public String description() {
        return description;
    }

    /** Neighbours in the list of rows that belong together: the two answers of a pair, chosen one first. */
    public int rowsPerExample() {
        return this == PAIRS ? 2 : 1;
    }

    /**
     * By the ending of the name, {@code .jsonl} or {@code .json} for objects, {@code .txt} or {@code .md} for text; and
     * by the fields of the first object.
     *
     * @throws DataException if the ending is another, or a {@code .json} file begins with none of these
     */
    public static DataFormat of(Path file) {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        if (name.endsWith(".txt") || name.endsWith(".md")) {
            return TEXT;
        }
        if (!name.endsWith(".jsonl") && !name.endsWith(".json")) {
            throw new DataException(
                    file.toString(),
                    "a name ending in .jsonl or .json (conversations, pairs or judged answers), .txt or .md (text), or the"
                            + " format to be named",
                    name);
        }
        Optional<JsonNode> first = JsonObjects.first(file);
        if (first.filter(json -> json.has("chosen") || json.has("rejected")).isPresent()) {
            return PAIRS;
        }
        if (first.filter(json -> json.has("label") || json.has("kto_tag")).isPresent()) {
            return JUDGED;
        }
        if (first.filter(json -> json.has("messages")).isPresent()) {
            return CHAT;
        }
        if (first.filter(json -> json.has("conversations")).isPresent()) {
            return SHAREGPT;
        }
        if (first.filter(json -> json.has("instruction") && json.has("output")).isPresent()) {
            return ALPACA;
        }
        if (name.endsWith(".jsonl")) {
            return CHAT; // whoever reads it says what is wrong with it
        }
        throw new DataException(
                file.toString(),
                "conversations (messages, conversations, or instruction and output), pairs (chosen, rejected) or judged"
                        + " answers (label, kto_tag)",
                first.map(json -> "a first row with " + String.join(", ", json.propertyNames()))
                        .orElse("nothing that can be read as a row"));
    }
}
