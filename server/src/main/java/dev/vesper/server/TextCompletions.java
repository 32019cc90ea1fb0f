package dev.vesper.server;

import dev.vesper.llm.GenerateOptions;
import dev.vesper.llm.Llm;
import dev.vesper.llm.Reply;
import dev.vesper.llm.TextListener;
import dev.vesper.server.Choices.Writer;
import dev.vesper.server.Slots.Slot;
import dev.vesper.server.http.Endpoint;
import dev.vesper.server.http.EventStream;
import dev.vesper.server.http.Exchange;
import dev.vesper.server.wire.CompletionRequest;
import dev.vesper.server.wire.Delivery;
import dev.vesper.server.wire.Prompt;
import dev.vesper.server.wire.Stamp;
import dev.vesper.server.wire.StreamUsage;
import dev.vesper.server.wire.TextCompletion;
import dev.vesper.server.wire.Usage;
import java.util.ArrayList;
import java.util.List;

/** {@code POST /v1/completions}: continues texts. The choices of the first prompt come first. */
final class TextCompletions implements Endpoint {
    private static final String PROMPT = "prompt";

    private final Models models;
    private final Slots slots;
    private final Generator generator;

    TextCompletions(Models models, Slots slots) {
        this.models = models;
        this.slots = slots;
        this.generator = new Generator(slots);
    }

    @Override
    public void handle(Exchange exchange) {
        Slot slot = slots.take();
        exchange.whenAnswered(slot::answered);
        try (slot) {
            CompletionRequest request = CompletionRequest.read(exchange.json(), models.vocabulary());
            GenerateOptions options = models.select(request.model(), request.options());
            Stamp stamp = Stamp.now("cmpl-", request.model(), models.fingerprint(options));
            List<Writer> writers = new ArrayList<>();
            for (Prompt prompt : request.prompts()) {
                writers.addAll(Generator.writers(request.choices(), options,
                        (own, listener) -> write(prompt, request.echo(), own, listener)));
            }
            if (request.delivery().stream()) {
                var stream = new Stream(exchange.events(), stamp, request.delivery());
                List<Reply> replies = generator.write(exchange, slot, writers, stream, PROMPT);
                stream.end(Usage.of(replies, request.choices()));
            } else {
                var texts = new Texts(writers.size());
                List<Reply> replies = generator.write(exchange, slot, writers, texts, PROMPT);
                exchange.respond(200, whole(stamp, texts, replies, request.choices()));
            }
        }
    }

    /** Writes a continuation, behind its prompt if that is to be repeated. */
    private Reply write(Prompt prompt, boolean echo, GenerateOptions options, TextListener listener) {
        Llm llm = models.llm();
        return switch (prompt) {
            case Prompt.Text(String text) -> {
                if (echo && !text.isEmpty()) {
                    listener.text(text);
                }
                yield llm.complete(text, options, listener);
            }
            case Prompt.Tokens(List<Integer> ids) -> {
                int[] tokens = ids.stream().mapToInt(Integer::intValue).toArray();
                if (echo) {
                    listener.text(llm.file().tokenizer().text(tokens));
                }
                yield llm.generate(tokens, options, listener);
            }
        };
    }

    private static TextCompletion whole(Stamp stamp, Texts texts, List<Reply> replies, int perPrompt) {
        List<TextCompletion.Choice> choices = new ArrayList<>();
        for (Reply reply : replies) {
            int index = choices.size();
            choices.add(new TextCompletion.Choice(index, texts.of(index), Finish.reason(reply)));
        }
        return new TextCompletion(stamp, choices, new StreamUsage(Usage.of(replies, perPrompt)));
    }

    /** Collects each choice's text, the repeated prompt with it. */
    private static final class Texts implements Choices.Listener {
        private final List<StringBuilder> texts = new ArrayList<>();

        Texts(int choices) {
            for (int i = 0; i < choices; i++) {
                texts.add(new StringBuilder());
            }
        }

        @Override
        public void text(int choice, String piece) {
            texts.get(choice).append(piece); // each choice has one thread, which has ended when this is read
        }

        @Override
        public void end(int choice, Reply reply) {}

        String of(int choice) {
            return texts.get(choice).toString();
        }
    }

    /** The answer in pieces, each with something new of one choice. */
    private record Stream(EventStream events, Stamp stamp, Delivery delivery) implements Choices.Listener {
        @Override
        public void text(int choice, String piece) {
            send(new TextCompletion.Choice(choice, piece, null));
        }

        @Override
        public void end(int choice, Reply reply) {
            send(new TextCompletion.Choice(choice, "", Finish.reason(reply)));
        }

        private void send(TextCompletion.Choice choice) {
            events.send(new TextCompletion(stamp, List.of(choice), delivery.pending()));
        }

        void end(Usage usage) {
            if (delivery.includeUsage()) {
                events.send(new TextCompletion(stamp, List.of(), new StreamUsage(usage)));
            }
            events.end();
        }
    }
}
