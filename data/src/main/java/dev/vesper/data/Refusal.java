package dev.vesper.data;

/**
 * A row that cannot be used, and why.
 *
 * @param place file and line, such as {@code chats.jsonl:12}
 * @param reason what was expected and what was found
 */
public record Refusal(String place, String reason) {
    @Override
    public String toString() {
        return place + ": " + reason;
    }
}
