package dev.vesper.server;

import dev.vesper.llm.GenerateOptions;
import dev.vesper.llm.Reply;
import dev.vesper.llm.TextListener;
import dev.vesper.server.Choices.Writer;
import dev.vesper.server.Slots.Slot;
import dev.vesper.server.http.Exchange;
import java.util.ArrayList;
import java.util.List;

/** What both kinds of completion do once a request is read: they let the model write, for as long as the client stays. */
final class Generator {
    private final Slots slots;

    Generator(Slots slots) {
        this.slots = slots;
    }

    /** Asks the model for one choice. */
    @FunctionalInterface
    interface Question {
        Reply ask(GenerateOptions options, TextListener listener);
    }

    /** Writers of so many choices of one prompt: the seed, if there is one, is counted up from choice to choice. */
    static List<Writer> writers(int choices, GenerateOptions options, Question question) {
        List<Writer> writers = new ArrayList<>();
        for (int i = 0; i < choices; i++) {
            GenerateOptions own = options.seed().isPresent() ? options.seed(options.seed().getAsLong() + i) : options;
            writers.add(listener -> question.ask(own, listener));
        }
        return writers;
    }

    /**
     * Writes all choices.
     *
     * @param slot of the request, with room for one choice
     * @param prompt the parameter to blame if the prompt is wrong
     * @return the replies in order
     */
    List<Reply> write(Exchange exchange, Slot slot, List<Writer> writers, Choices.Listener listener, String prompt) {
        slot.grow(writers.size() - 1);
        exchange.onDeparture(slot::cancel);
        try {
            return Choices.write(writers, listener, slot);
        } catch (RuntimeException e) {
            throw Failures.translate(e, prompt, slots.stopping());
        } finally {
            slot.close(); // before the answer, which may bring the client's next request
        }
    }
}
