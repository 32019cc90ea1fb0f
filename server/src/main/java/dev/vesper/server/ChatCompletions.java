package dev.vesper.server;

import dev.vesper.llm.GenerateOptions;
import dev.vesper.llm.Llm;
import dev.vesper.llm.Reply;
import dev.vesper.server.Choices.Writer;
import dev.vesper.server.Slots.Slot;
import dev.vesper.server.http.Endpoint;
import dev.vesper.server.http.EventStream;
import dev.vesper.server.http.Exchange;
import dev.vesper.server.wire.ChatCompletion;
import dev.vesper.server.wire.ChatCompletionChunk;
import dev.vesper.server.wire.ChatRequest;
import dev.vesper.server.wire.Delivery;
import dev.vesper.server.wire.Stamp;
import dev.vesper.server.wire.StreamUsage;
import dev.vesper.server.wire.Usage;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/** {@code POST /v1/chat/completions}: answers a conversation. */
final class ChatCompletions implements Endpoint {
    private static final String PROMPT = "messages";

    private final Models models;
    private final Slots slots;
    private final Generator generator;

    ChatCompletions(Models models, Slots slots) {
        this.models = models;
        this.slots = slots;
        this.generator = new Generator(slots);
    }

    @Override
    public void handle(Exchange exchange) {
        Slot slot = slots.take();
        exchange.whenAnswered(slot::answered);
        try (slot) {
            ChatRequest request = ChatRequest.read(exchange.json(), models.vocabulary());
            GenerateOptions options = models.select(request.model(), request.options());
            Stamp stamp = Stamp.now("chatcmpl-", request.model(), models.fingerprint(options));
            Llm llm = models.llm();
            List<Writer> writers = Generator.writers(
                    request.choices(), options, (own, listener) -> llm.chat(request.messages(), own, listener));
            if (request.delivery().stream()) {
                EventStream events = exchange.events();
                var stream = new Stream(events, stamp, request.delivery());
                List<Reply> replies = generator.write(exchange, slot, writers, stream, PROMPT);
                stream.end(Usage.of(replies, request.choices()));
            } else {
                List<Reply> replies = generator.write(exchange, slot, writers, Choices.silent(), PROMPT);
                exchange.respond(200, whole(stamp, replies));
            }
        }
    }

    private static ChatCompletion whole(Stamp stamp, List<Reply> replies) {
        List<ChatCompletion.Choice> choices = new ArrayList<>();
        for (Reply reply : replies) {
            choices.add(new ChatCompletion.Choice(choices.size(), reply.text(), Finish.reason(reply)));
        }
        return new ChatCompletion(stamp, choices, Usage.of(replies, replies.size()));
    }

    /** The answer in pieces, each with something new of one choice. */
    private static final class Stream implements Choices.Listener {
        private final EventStream events;
        private final Stamp stamp;
        private final Delivery delivery;
        private final ReentrantLock lock = new ReentrantLock();
        private final Set<Integer> begun = new HashSet<>();

        Stream(EventStream events, Stamp stamp, Delivery delivery) {
            this.events = events;
            this.stamp = stamp;
            this.delivery = delivery;
        }

        @Override
        public void text(int choice, String piece) {
            begin(choice);
            send(ChatCompletionChunk.Choice.text(choice, piece));
        }

        @Override
        public void end(int choice, Reply reply) {
            begin(choice);
            send(ChatCompletionChunk.Choice.last(choice, Finish.reason(reply)));
        }

        private void begin(int choice) {
            boolean first;
            lock.lock();
            try {
                first = begun.add(choice);
            } finally {
                lock.unlock();
            }
            if (first) {
                send(ChatCompletionChunk.Choice.first(choice));
            }
        }

        private void send(ChatCompletionChunk.Choice choice) {
            events.send(new ChatCompletionChunk(stamp, List.of(choice), delivery.pending()));
        }

        void end(Usage usage) {
            if (delivery.includeUsage()) {
                events.send(new ChatCompletionChunk(stamp, List.of(), new StreamUsage(usage)));
            }
            events.end();
        }
    }
}
