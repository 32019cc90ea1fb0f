package dev.vesper.data;

/** Training data cannot be used. The message names the file, the place, what was expected and what was found. */
public final class DataException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** @param place file and line, such as {@code chats.jsonl:12} */
    public DataException(String place, String expected, String found) {
        super("%s: expected %s, found %s".formatted(place, expected, found));
    }

    public DataException(String place, String expected, String found, Throwable cause) {
        super("%s: expected %s, found %s".formatted(place, expected, found), cause);
    }
}
