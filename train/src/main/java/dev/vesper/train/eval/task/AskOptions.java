package dev.vesper.train.eval.task;

import dev.vesper.llm.ModelFile;

/**
 * How questions are asked.
 *
 * @param maxTokens of a reply
 */
public record AskOptions(Style style, int maxTokens) {
    /** In which form. */
    public enum Style {
        /** As a conversation if the model has a chat template, else as plain text. */
        AUTO,
        /** As a conversation. */
        CHAT,
        /** As plain text. */
        PLAIN
    }

    public AskOptions {
        if (maxTokens < 1) {
            throw new IllegalArgumentException("max tokens of a reply must be 1 or more, got " + maxTokens);
        }
    }

    Asking of(ModelFile model) {
        return new Asking(model, style == Style.CHAT || style == Style.AUTO && model.hasTemplate());
    }
}
