package dev.vesper.data.corpus;

import java.util.List;

/**
 * A question and its answers.
 *
 * @param kind of question, such as {@code home}
 * @param context what the answer depends on beside the question; empty if nothing
 * @param answers all that are right
 */
record Exchange(String kind, String context, String question, List<String> answers) {
    /** The kind of questions about the model itself. */
    static final String SELF = "self";

    Exchange(String kind, String context, String question, String answer) {
        this(kind, context, question, List.of(answer));
    }

    /** What decides whether it is kept for measuring. */
    String key() {
        return context + "\n" + question;
    }

    /** Whether it is about the model itself, where nobody said who it is to be. */
    boolean isSelf() {
        return kind.equals(SELF);
    }
}
