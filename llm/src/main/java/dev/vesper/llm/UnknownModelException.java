package dev.vesper.llm;

import java.util.List;

/** A request names a model that is not served. */
public final class UnknownModelException extends RuntimeException {
    private static final long serialVersionUID = 1;

    UnknownModelException(String name, List<String> known) {
        super("there is no adapter \"%s\"; there %s"
                .formatted(name, known.isEmpty() ? "are none" : "are: " + String.join(", ", known)));
    }
}
