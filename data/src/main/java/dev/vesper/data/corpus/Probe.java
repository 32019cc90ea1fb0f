package dev.vesper.data.corpus;

import dev.vesper.llm.Message;
import java.util.List;

/**
 * A conversation that ends with a question, to measure a model with.
 *
 * @param kind of question
 * @param accepted the answers that are right
 */
public record Probe(String kind, List<Message> messages, List<String> accepted) {
    public Probe {
        messages = List.copyOf(messages);
        accepted = List.copyOf(accepted);
    }

    /** Whether the answer is one of the accepted, but for case, space around it, and the mark at its end. */
    public boolean accepts(String answer) {
        String bare = bare(answer);
        return accepted.stream().anyMatch(one -> bare(one).equals(bare));
    }

    private static String bare(String text) {
        return text.strip().replaceAll("[.!?]+$", "").toLowerCase(java.util.Locale.ROOT);
    }
}
