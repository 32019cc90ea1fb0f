package dev.vesper.server;

import dev.vesper.llm.UnknownModelException;
import dev.vesper.llm.chat.jinja.TemplateException;
import dev.vesper.llm.error.ContextLengthException;
import dev.vesper.llm.text.VocabularyException;
import dev.vesper.server.http.DisconnectedException;
import dev.vesper.server.wire.ApiException;
import java.util.concurrent.CancellationException;

/** What the model's errors mean to the client. */
final class Failures {
    private Failures() {}

    /**
     * The error to answer with.
     *
     * @param prompt the parameter that holds what the model is to continue
     * @param stopping whether the server gave up on its requests
     */
    static RuntimeException translate(RuntimeException error, String prompt, boolean stopping) {
        return switch (error) {
            case ContextLengthException e -> ApiException.invalid(prompt, "context_length_exceeded",
                    "This model's maximum context length is %d tokens, prompt and reply together. The prompt has %d tokens."
                            .formatted(e.contextLength(), e.promptTokens()));
            case TemplateException e -> ApiException.invalid(prompt, "invalid_value",
                    "The model's chat template refuses the conversation: %s".formatted(e.getMessage()));
            case VocabularyException e -> ApiException.invalid(prompt, "invalid_value",
                    "The model's vocabulary cannot spell the text: %s".formatted(e.getMessage()));
            // it was there when the request began
            case UnknownModelException e -> ApiException.of(404, "invalid_request_error", "model", "model_not_found",
                    "The model was removed meanwhile: %s".formatted(e.getMessage()));
            case CancellationException e -> stopping
                    ? Slots.stoppingNow()
                    : new DisconnectedException("the client went away while the model wrote");
            default -> error;
        };
    }
}
