package dev.vesper.data;

import java.util.List;
import java.util.stream.Collectors;

/** Training data cannot be used. The message names the file, the place, what was expected and what was found. */
public final class DataException extends RuntimeException {
    private static final long serialVersionUID = 1;
    private static final int NAMED = 3;

    private final transient List<Refusal> refusals;

    /** @param place file and line, such as {@code chats.jsonl:12} */
    public DataException(String place, String expected, String found) {
        this(new Refusal(place, "expected %s, found %s".formatted(expected, found)));
    }

    public DataException(String place, String expected, String found, Throwable cause) {
        this(place, expected, found);
        initCause(cause);
    }

    private DataException(Refusal refusal) {
        super(refusal.toString());
        this.refusals = List.of(refusal);
    }

    private DataException(String message, List<Refusal> refusals) {
        super(message);
        this.refusals = List.copyOf(refusals);
    }

    /** The rows of a file that cannot be used, of so many; the message names the first few. */
    static DataException of(String file, List<Refusal> refusals, int rows) {
        String named = refusals.stream().limit(NAMED).map(Refusal::toString).collect(Collectors.joining("; "));
        int more = refusals.size() - NAMED;
        return new DataException(
                "%s: %d of %d rows cannot be used: %s%s; mend them, or leave them out (--skip-bad-rows)"
                        .formatted(file, refusals.size(), rows, named, more > 0 ? "; and %d more".formatted(more) : ""),
                refusals);
    }

    /** Each row that is to blame, or the one place. */
    public List<Refusal> refusals() {
        return refusals;
    }
}
